// SPDX-License-Identifier: Apache-2.0
#include "common/memory_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int memory_files_append(struct memory_files *memory, const void *bytes, size_t size)
{
    struct memory_file *file = &memory->files[memory->n - 1];
    uint8_t *grown = realloc(file->bytes, file->size + size + 1);

    if (!grown)
        return -ENOMEM;
    if (size)
        memcpy(grown + file->size, bytes, size);
    file->bytes = grown;
    file->size += size;
    return 0;
}

int memory_files_put(struct memory_files *memory, const char *name, const void *bytes, size_t size)
{
    int r = memory_files_add(memory, name);

    return r < 0 ? r : memory_files_append(memory, bytes, size);
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
