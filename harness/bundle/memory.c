// SPDX-License-Identifier: Apache-2.0
#include "bundle/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct bundle_memory_file *bundle_memory_find(const struct bundle_memory *memory,
                                                    const char *name)
{
    for (size_t i = 0; i < memory->n; i++)
        if (strcmp(memory->files[i].name, name) == 0)
            return &memory->files[i];
    return NULL;
}

int bundle_memory_add(struct bundle_memory *memory, const char *name)
{
    struct bundle_memory_file *files;

    if (bundle_memory_find(memory, name))
        return -EEXIST;
    files = reallocarray(memory->files, memory->n + 1, sizeof(*files));
    if (!files)
        return -ENOMEM;
    memory->files = files;
    files[memory->n] = (struct bundle_memory_file){.name = strdup(name)};
    if (!files[memory->n].name)
        return -ENOMEM;
    memory->n++;
    return 0;
}

int bundle_memory_append(struct bundle_memory *memory, const void *bytes, size_t size)
{
    struct bundle_memory_file *file = &memory->files[memory->n - 1];
    uint8_t *grown = realloc(file->bytes, file->size + size + 1);

    if (!grown)
        return -ENOMEM;
    memcpy(grown + file->size, bytes, size);
    file->bytes = grown;
    file->size += size;
    return 0;
}

void bundle_memory_free(struct bundle_memory *memory)
{
    for (size_t i = 0; i < memory->n; i++) {
        free(memory->files[i].name);
        free(memory->files[i].bytes);
    }
    free(memory->files);
    *memory = (struct bundle_memory){};
}
