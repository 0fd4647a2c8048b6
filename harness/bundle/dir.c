// SPDX-License-Identifier: Apache-2.0
#include "bundle/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "bundle/bundle.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

/* Whatever the name is, nothing outside the directory is opened, and no link is followed. */
static int dir_open(const struct bundle_dir *dir, const char *name, int64_t *size)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, dir->fd, name, &how, sizeof(how));
    struct stat st;

    if (fd < 0)
        return errno == ENOENT ? err_say(EINVAL, "'%s' has no '%s'", dir->path, name)
                               : err_r(errno, "'%s': cannot open '%s'", dir->path, name);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_say(EINVAL, "'%s': '%s' is no file", dir->path, name);
    }
    *size = st.st_size;
    return fd;
}

static int dir_too_large(const struct bundle_dir *dir, const char *name, int64_t size)
{
    return err_say(EFBIG, "'%s': '%s' is too large (%" PRId64 " bytes)", dir->path, name, size);
}

static int dir_copy(const struct bundle_dir *dir, const char *name, int64_t limit, char **out,
                    size_t *out_size)
{
    const struct bundle_memory_file *file = bundle_memory_find(dir->memory, name);

    if (!file)
        return err_say(EINVAL, "'%s' has no '%s'", dir->path, name);
    if ((int64_t)file->size > limit)
        return dir_too_large(dir, name, (int64_t)file->size);
    *out = malloc(file->size + 1);
    if (!*out)
        return err_r(ENOMEM, "cannot read '%s'", dir->path);
    if (file->size)
        memcpy(*out, file->bytes, file->size);
    (*out)[file->size] = '\0';
    *out_size = file->size;
    return 0;
}

/* All of a file, with a terminator behind it. */
int bundle_dir_read(const struct bundle_dir *dir, const char *name, int64_t limit, char **out,
                    size_t *out_size)
{
    _cleanup_free_ char *text = NULL;
    _cleanup_close_ int fd = -1;
    int64_t size = 0, done = 0;

    if (dir->memory)
        return dir_copy(dir, name, limit, out, out_size);
    fd = dir_open(dir, name, &size);
    if (fd < 0)
        return fd;
    if (size > limit)
        return dir_too_large(dir, name, size);
    text = malloc((size_t)size + 1);
    if (!text)
        return err_r(ENOMEM, "cannot read '%s'", dir->path);
    while (done < size) {
        ssize_t n = read(fd, text + done, (size_t)(size - done));

        if (n <= 0)
            return err_r(n < 0 ? errno : EIO, "'%s': cannot read '%s'", dir->path, name);
        done += n;
    }
    text[size] = '\0';
    *out = TAKE_PTR(text);
    *out_size = (size_t)size;
    return 0;
}

int bundle_dir_read_json(const struct bundle_dir *dir, const char *name, json_t **out)
{
    _cleanup_free_ char *text = NULL;
    json_error_t error;
    size_t size;
    int r = bundle_dir_read(dir, name, BUNDLE_JSON_MAX, &text, &size);

    if (r < 0)
        return r;
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    return *out ? 0
                : err_say(EINVAL, "'%s': %s:%d is no JSON: %s", dir->path, name, error.line,
                          json_error_line(&error));
}
