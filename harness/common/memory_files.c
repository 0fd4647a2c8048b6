// SPDX-License-Identifier: Apache-2.0
#include "common/memory_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

#define MEMORY_BLOCK 65536

const struct memory_file *memory_files_find(const struct memory_files *memory, const char *name)
{
    for (size_t i = 0; i < memory->n; i++)
        if (strcmp(memory->files[i].name, name) == 0)
            return &memory->files[i];
    return NULL;
}

int memory_files_add(struct memory_files *memory, const char *name)
{
    struct memory_file *files;

    if (memory_files_find(memory, name))
        return -EEXIST;
    files = reallocarray(memory->files, memory->n + 1, sizeof(*files));
    if (!files)
        return -ENOMEM;
    memory->files = files;
    files[memory->n] = (struct memory_file){.name = strdup(name)};
    if (!files[memory->n].name)
        return -ENOMEM;
    memory->n++;
    return 0;
}

/* By a half more: what is appended in small pieces is not copied for each of them. */
static int memory_reserve(struct memory_file *file, size_t more)
{
    size_t room = file->size + more + (file->size + more) / 2;
    uint8_t *grown;

    if (file->bytes && more <= file->room - file->size)
        return 0;
    grown = realloc(file->bytes, room + 1);
    if (!grown)
        return -ENOMEM;
    file->bytes = grown;
    file->room = room;
    return 0;
}

int memory_files_append(struct memory_files *memory, const void *bytes, size_t size)
{
    struct memory_file *file = &memory->files[memory->n - 1];
    int r = memory_reserve(file, size);

    if (r < 0)
        return r;
    if (size)
        memcpy(file->bytes + file->size, bytes, size);
    file->size += size;
    return 0;
}

int memory_files_put(struct memory_files *memory, const char *name, const void *bytes, size_t size)
{
    int r = memory_files_add(memory, name);

    return r < 0 ? r : memory_files_append(memory, bytes, size);
}

int memory_files_fill(struct memory_files *memory, int fd, int64_t limit)
{
    _cleanup_free_ char *block = malloc(MEMORY_BLOCK);
    ssize_t n;
    int r;

    if (!block)
        return -ENOMEM;
    while ((n = read(fd, block, MEMORY_BLOCK)) > 0) {
        limit -= n;
        if (limit < 0)
            return -EFBIG;
        r = memory_files_append(memory, block, (size_t)n);
        if (r < 0)
            return r;
    }
    return n < 0 ? -errno : 0;
}

int memory_files_read(struct memory_files *memory, const char *path, int64_t limit)
{
    /* A fifo without a writer would wait. */
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    int r;

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_r(errno, "cannot open '%s'", path);
    if (!S_ISREG(st.st_mode))
        return err_say(EINVAL, "'%s' is no file", path);
    r = memory_files_add(memory, path);
    if (r == -EEXIST)
        return err_say(EEXIST, "'%s' is there twice", path);
    if (r >= 0)
        r = memory_files_fill(memory, fd, limit);
    if (r == -EFBIG)
        return err_say(EFBIG, "'%s' is too large: it has more than %lld MiB", path,
                       (long long)limit >> 20);
    return r < 0 ? err_r(r, "cannot read '%s'", path) : 0;
}

void memory_files_free(struct memory_files *memory)
{
    for (size_t i = 0; i < memory->n; i++) {
        free(memory->files[i].name);
        free(memory->files[i].bytes);
    }
    free(memory->files);
    *memory = (struct memory_files){};
}
