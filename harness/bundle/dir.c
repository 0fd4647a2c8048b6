// SPDX-License-Identifier: Apache-2.0
#include "bundle/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xxhash.h>

#include "bundle/bundle.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

#define DIR_BLOCK 65536

static void dir_state_free(XXH3_state_t **state)
{
    XXH3_freeState(*state);
}

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
    const struct memory_file *file = memory_files_find(dir->memory, name);

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

static int dir_digest_memory(const struct bundle_dir *dir, const char *name, int64_t *size,
                             uint64_t *digest)
{
    const struct memory_file *file = memory_files_find(dir->memory, name);

    if (!file)
        return err_say(EINVAL, "'%s' has no '%s'", dir->path, name);
    *size = (int64_t)file->size;
    *digest = XXH3_64bits(file->bytes, file->size);
    return 0;
}

int bundle_dir_digest(const struct bundle_dir *dir, const char *name, int64_t *size,
                      uint64_t *digest)
{
    _cleanup_free_ char *block = malloc(DIR_BLOCK);
    _cleanup_(dir_state_free) XXH3_state_t *state = XXH3_createState();
    _cleanup_close_ int fd = -1;
    int64_t said = 0;
    ssize_t n;

    if (dir->memory)
        return dir_digest_memory(dir, name, size, digest);
    if (!block || !state)
        return err_r(ENOMEM, "cannot read '%s'", dir->path);
    fd = dir_open(dir, name, &said);
    if (fd < 0)
        return fd;
    XXH3_64bits_reset(state);
    *size = 0;
    while ((n = read(fd, block, DIR_BLOCK)) > 0 && *size <= BUNDLE_SIZE_MAX) {
        XXH3_64bits_update(state, block, (size_t)n);
        *size += n;
    }
    if (n < 0)
        return err_r(errno, "'%s': cannot read '%s'", dir->path, name);
    *digest = XXH3_64bits_digest(state);
    return 0;
}

/* Those of one directory, below the name; "" is the bundle itself. */
struct dir_walk {
    const struct bundle_dir *dir;
    int (*visit)(const char *name, void *data);
    void *data;
    size_t n;
};

static int dir_walk(struct dir_walk *walk, int fd, const char *below);

static int dir_walk_entry(struct dir_walk *walk, int fd, const char *below, const char *entry)
{
    _cleanup_free_ char *name = NULL;
    char quoted[TEXT_QUOTE_MAX];
    struct stat st;

    if (++walk->n > 2 * BUNDLE_FILES_MAX)
        return err_say(EFBIG, "'%s' has more than %d files", walk->dir->path, BUNDLE_FILES_MAX);
    if (text_format(&name, "%s%s%s", below, *below ? "/" : "", entry) < 0)
        return -ENOMEM;
    if (fstatat(fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return err_r(errno, "'%s': cannot look at '%s'", walk->dir->path, text_quote(name, quoted));
    if (S_ISREG(st.st_mode))
        return walk->visit(name, walk->data);
    if (!S_ISDIR(st.st_mode) || *below)
        return err_say(EINVAL, "'%s': '%s' is no file", walk->dir->path, text_quote(name, quoted));
    fd = openat(fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0
               ? err_r(errno, "'%s': cannot open '%s'", walk->dir->path, text_quote(name, quoted))
               : dir_walk(walk, fd, name);
}

/* Closes `fd`. */
static int dir_walk(struct dir_walk *walk, int fd, const char *below)
{
    _cleanup_closedir_ DIR *d = fdopendir(fd);
    const struct dirent *entry;
    int r = 0;

    if (!d) {
        close(fd);
        return err_r(errno, "cannot read '%s'", walk->dir->path);
    }
    while (r >= 0 && (entry = readdir(d)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            r = dir_walk_entry(walk, fd, below, entry->d_name);
    return r;
}

int bundle_dir_each(const struct bundle_dir *dir, int (*visit)(const char *name, void *data),
                    void *data)
{
    struct dir_walk walk = {dir, visit, data, 0};
    int fd, r = 0;

    if (dir->memory) {
        for (size_t i = 0; r >= 0 && i < dir->memory->n; i++)
            r = visit(dir->memory->files[i].name, data);
        return r;
    }
    fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? err_r(errno, "cannot open '%s'", dir->path) : dir_walk(&walk, fd, "");
}

int bundle_dir_read_json(struct bundle_dir *dir, const char *name, json_t **out)
{
    _cleanup_free_ char *text = NULL;
    json_error_t error;
    size_t size;
    int r = bundle_dir_read(dir, name, BUNDLE_JSON_MAX, &text, &size);

    if (r < 0)
        return r;
    r = json_parse_within(text, size, &dir->json_memory, out, &error);
    if (r == -EFBIG)
        return err_say(EFBIG, "'%s' is too large: its JSON, up to '%s', takes more than %lld MiB",
                       dir->path, name, BUNDLE_JSON_MEMORY_MAX >> 20);
    return r == 0 ? 0
                  : err_say(EINVAL, "'%s': %s:%d is no JSON: %s", dir->path, name, error.line,
                            json_error_line(&error));
}
