// SPDX-License-Identifier: Apache-2.0
#include "common/strings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int strings_take(struct strings *strings, char *item)
{
    char **items = item ? reallocarray(strings->items, strings->n + 2, sizeof(*items)) : NULL;

    if (!items) {
        free(item);
        return -ENOMEM;
    }
    items[strings->n++] = item;
    items[strings->n] = NULL;
    strings->items = items;
    return 0;
}

int strings_add(struct strings *strings, const char *item)
{
    return strings_take(strings, strdup(item));
}

static int strings_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strings_sort(struct strings *strings)
{
    if (strings->n > 1)
        qsort(strings->items, strings->n, sizeof(*strings->items), strings_compare);
}

bool strings_have(const struct strings *strings, const char *item)
{
    for (size_t i = 0; i < strings->n; i++)
        if (strcmp(strings->items[i], item) == 0)
            return true;
    return false;
}

char *strings_join(const struct strings *strings, const char *between)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    for (size_t i = 0; i < strings->n; i++)
        fprintf(out, "%s%s", i > 0 ? between : "", strings->items[i]);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

void strings_clear(struct strings *strings)
{
    for (size_t i = 0; i < strings->n; i++)
        free(strings->items[i]);
    free(strings->items);
    *strings = (struct strings){0};
}
