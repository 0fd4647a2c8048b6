/* SPDX-License-Identifier: Apache-2.0 */
/* Files in memory: names and bytes, nothing of a file system. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct memory_file {
    char *name;
    uint8_t *bytes;
    size_t size, room;
};

struct memory_files {
    struct memory_file *files;
    size_t n;
};

/* NULL when there is no file of that name. */
const struct memory_file *memory_files_find(const struct memory_files *memory, const char *name);
/* Adds an empty one; the name is copied. -EEXIST, without a word, when there is one already, or
 * -ENOMEM. */
int memory_files_add(struct memory_files *memory, const char *name);
/* Puts bytes behind those of the file that was added last. 0 or -ENOMEM. */
int memory_files_append(struct memory_files *memory, const void *bytes, size_t size);
/* Adds a file of these bytes: memory_files_add() and memory_files_append(). */
int memory_files_put(struct memory_files *memory, const char *name, const void *bytes, size_t size);
/* Puts what `fd` still has behind the file that was added last. Without a word: -EFBIG when that is
 * more than `limit` bytes, -ENOMEM, or the errno of reading it. */
int memory_files_fill(struct memory_files *memory, int fd, int64_t limit);
/* Adds a file of the disk, by its path. With a sentence: the errno of reading it, -EINVAL for what
 * is no regular file, -EFBIG when it has more than `limit` bytes, -EEXIST, -ENOMEM. */
int memory_files_read(struct memory_files *memory, const char *path, int64_t limit);
void memory_files_free(struct memory_files *memory);
