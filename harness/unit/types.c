// SPDX-License-Identifier: Apache-2.0
#include "unit/types.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "objects/btf.h"

static void types_free(struct btf **btf)
{
    btf__free(*btf);
}

static int types_write(const struct btf_names *names)
{
    _cleanup_(types_free) struct btf *kernel = btf__load_vmlinux_btf(), *reduced = NULL;
    _cleanup_close_ int fd = memfd_create("types", MFD_CLOEXEC);
    const void *data;
    uint32_t size;

    if (!kernel || fd < 0 || btf_reduce(kernel, names, &reduced) < 0)
        return -1;
    data = btf__raw_data(reduced, &size);
    return data && write(fd, data, size) == (ssize_t)size ? TAKE_FD(fd) : -1;
}

struct unit_types unit_types_open(const struct unit_image *image)
{
    const struct object_bytes object = {.data = image->data, .size = image->size};
    _cleanup_(btf_names_free) struct btf_names names = {};
    struct unit_types types = {.fd = -1};

    if (btf_names_add(&names, &object) == 0 && names.n > 0)
        types.fd = types_write(&names);
    if (types.fd >= 0)
        snprintf(types.path, sizeof(types.path), "/proc/self/fd/%d", types.fd);
    return types;
}

void unit_types_close(const struct unit_types *types)
{
    if (types->fd >= 0)
        close(types->fd);
}
