// SPDX-License-Identifier: Apache-2.0
#include "objects/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/shortage.h"
#include "objects/verifier_log.h"

void object_bytes_free(struct object_bytes *bytes)
{
    free(bytes->path);
    free(bytes->data);
    *bytes = (struct object_bytes){};
}

static int bytes_new(const char *path, size_t size, struct object_bytes *out)
{
    out->path = strdup(path);
    out->data = calloc(1, size + OBJECT_PADDING);
    return out->path && out->data ? 0 : err_r(ENOMEM, "cannot read '%s'", path);
}

static int bytes_fill(int fd, size_t size, struct object_bytes *bytes)
{
    while (bytes->size < size) {
        ssize_t n = read(fd, bytes->data + bytes->size, size - bytes->size);

        if (n < 0)
            return err_r(errno, "cannot read '%s'", bytes->path);
        if (n == 0)
            break;
        bytes->size += (size_t)n;
    }
    bytes->digest = XXH3_128bits(bytes->data, bytes->size);
    return 0;
}

int object_bytes_read(const char *path, size_t limit, struct object_bytes *out)
{
    _cleanup_(object_bytes_free) struct object_bytes bytes = {};
    /* A fifo without a writer would wait. */
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    bool is_file;
    int r;

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_r(errno, "cannot open '%s'", path);
    is_file = S_ISREG(st.st_mode);
    if (is_file && st.st_size > (off_t)limit)
        return err_say(EFBIG, "'%s' has %lld bytes; an object may have %zu", path,
                       (long long)st.st_size, limit);
    r = bytes_new(path, is_file ? (size_t)st.st_size : 0, &bytes);
    if (r < 0)
        return r;
    r = is_file ? bytes_fill(fd, (size_t)st.st_size, &bytes) : 0;
    if (r < 0)
        return r;
    if (!is_file) {
        free(bytes.data);
        bytes.data = NULL;
    }
    bytes.device = st.st_dev;
    bytes.inode = st.st_ino;
    *out = bytes;
    bytes = (struct object_bytes){};
    return 0;
}

int object_bytes_copy(const char *path, const void *data, size_t size, struct object_bytes *out)
{
    _cleanup_(object_bytes_free) struct object_bytes bytes = {};
    int r = bytes_new(path, size, &bytes);

    if (r < 0)
        return r;
    if (size)
        memcpy(bytes.data, data, size);
    bytes.size = size;
    bytes.digest = XXH3_128bits(bytes.data, size);
    *out = bytes;
    bytes = (struct object_bytes){};
    return 0;
}

/* As libbpf names an object by its file: maps of globals are called after it. */
static void bytes_name(const char *path, char name[BPF_OBJ_NAME_LEN])
{
    const char *slash = strrchr(path, '/');

    snprintf(name, BPF_OBJ_NAME_LEN, "%s", slash ? slash + 1 : path);
    name[strcspn(name, ".")] = '\0';
}

int object_open(const struct object_bytes *bytes, const char *kernel_btf, struct bpf_object **out)
{
    char name[BPF_OBJ_NAME_LEN];
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name, .btf_custom_path = kernel_btf);
    struct bpf_object *object;

    bytes_name(bytes->path, name);
    programs_log_forget();
    object = bpf_object__open_mem(bytes->data, bytes->size, &options);
    /* What libbpf says is more than its errno, which is ENOENT where BTF is missing. */
    if (!object && *programs_log_last() && !shortage_is(errno))
        return err_say(errno == ENOENT ? EINVAL : errno, "cannot open '%s': %s", bytes->path,
                       programs_log_last());
    if (!object)
        return err_r(errno, "cannot open '%s'", bytes->path);
    *out = object;
    return 0;
}
