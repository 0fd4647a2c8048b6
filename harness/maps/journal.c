// SPDX-License-Identifier: Apache-2.0
#include "maps/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "place/bpffs.h"

int maps_baseline_dir(const struct lab *lab, char **out)
{
    return bpffs_path(lab->state_dir, "baseline", out);
}

int maps_journal_add(const struct lab *lab, const struct topology_node *node, const char *map,
                     const void *keys, uint32_t size)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    ssize_t written;

    if (text_format(&path, "%s/baseline/%s.%s.dirty", lab->state_dir, node->name, map) < 0)
        return -ENOMEM;
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno == ENOENT ? 0 : err_r(errno, "cannot write '%s'", path);
    written = write(fd, keys, size);
    if (written != (ssize_t)size)
        return err_r(written < 0 ? errno : EIO, "cannot write '%s'", path);
    return 0;
}

int maps_journal_read(const char *path, uint32_t key_size, struct map_entries *out)
{
    _cleanup_(map_entries_free) struct map_entries entries = {.key_size = key_size};
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    _cleanup_free_ char *key = malloc(key_size + 1);
    int r;

    if (!file || !key)
        return err_r(file ? ENOMEM : errno, "cannot read '%s'", path);
    while (fread(key, key_size, 1, file) == 1) {
        r = map_entries_add(&entries, key, NULL);
        if (r < 0)
            return r;
    }
    r = map_entries_sort(&entries);
    if (r < 0)
        return r;
    *out = entries;
    entries = (struct map_entries){};
    return 0;
}
