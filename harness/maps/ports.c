// SPDX-License-Identifier: Apache-2.0
#include "maps/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "place/bpffs.h"

/* A file that is there where the order is the network's. */

static int ports_path(const struct lab *lab, char **out)
{
    return bpffs_path(lab->state_dir, "ports-network", out);
}

int map_ports_keep(const struct lab *lab, bool network)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    int r = network ? ports_path(lab, &path) : map_ports_forget(lab);

    if (r < 0 || !network)
        return r;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? err_r(errno, "cannot write '%s'", path) : 0;
}

int map_ports_forget(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;
    int r = ports_path(lab, &path);

    if (r == 0 && unlink(path) < 0 && errno != ENOENT)
        r = err_r(errno, "cannot remove '%s'", path);
    return r;
}

bool map_ports_are_network(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;

    return ports_path(lab, &path) == 0 && access(path, F_OK) == 0;
}
