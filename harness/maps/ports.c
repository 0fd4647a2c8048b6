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

int map_ports_keep(const struct lab *lab, enum port_order order)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    int r;

    if (order == PORT_ORDER_HOST)
        return map_ports_forget(lab);
    r = ports_path(lab, &path);
    if (r < 0)
        return r;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? err_r(errno, "cannot write '%s'", path) : 0;
}

int map_ports_forget(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;
    int r = ports_path(lab, &path);

    if (r < 0)
        return r;
    return unlink(path) < 0 && errno != ENOENT ? err_r(errno, "cannot remove '%s'", path) : 0;
}

enum port_order map_ports_order(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;

    if (ports_path(lab, &path) < 0 || access(path, F_OK) < 0)
        return PORT_ORDER_HOST;
    return PORT_ORDER_NETWORK;
}
