// SPDX-License-Identifier: Apache-2.0
#include "topology/index.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"

int index_init(struct index *index, size_t room)
{
    struct index_entry *entries = calloc(room ? room : 1, sizeof(*entries));

    if (!entries)
        return err_r(ENOMEM, "cannot check a topology");
    *index = (struct index){.entries = entries, .room = room};
    return 0;
}

void index_clear(struct index *index)
{
    free(index->entries);
    *index = (struct index){0};
}

void index_add(struct index *index, const void *key, size_t length, size_t position)
{
    if (index->n < index->room)
        index->entries[index->n++] = (struct index_entry){key, length, position};
}

void index_add_name(struct index *index, const char *name, size_t position)
{
    index_add(index, name, strlen(name), position);
}

static int index_compare_keys(const struct index_entry *a, const struct index_entry *b)
{
    int order = memcmp(a->key, b->key, a->length < b->length ? a->length : b->length);

    if (order != 0)
        return order;
    return (a->length > b->length) - (a->length < b->length);
}

static int index_compare(const void *a, const void *b)
{
    const struct index_entry *x = a, *y = b;
    int order = index_compare_keys(x, y);

    if (order != 0)
        return order;
    return (x->position > y->position) - (x->position < y->position);
}

void index_sort(struct index *index)
{
    qsort(index->entries, index->n, sizeof(index->entries[0]), index_compare);
}

bool index_find_name(const struct index *index, const char *name, size_t *position)
{
    struct index_entry wanted = {.key = name, .length = strlen(name)};
    size_t low = 0, high = index->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = index_compare_keys(&wanted, &index->entries[middle]);

        if (order == 0) {
            *position = index->entries[middle].position;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool index_duplicate(const struct index *index, size_t *first, size_t *second)
{
    bool found = false;

    for (size_t i = 1; i < index->n; i++) {
        const struct index_entry *a = &index->entries[i - 1], *b = &index->entries[i];

        if (index_compare_keys(a, b) != 0 || (found && b->position >= *second))
            continue;
        *first = a->position;
        *second = b->position;
        found = true;
    }
    return found;
}
