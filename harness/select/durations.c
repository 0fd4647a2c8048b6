// SPDX-License-Identifier: Apache-2.0
#include "select/durations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/whole_file.h"

static struct duration *durations_entry(const struct durations *durations, const char *name,
                                        const char *variant)
{
    for (size_t i = 0; i < durations->n; i++)
        if (strcmp(durations->items[i].name, name) == 0 &&
            strcmp(durations->items[i].variant, variant) == 0)
            return &durations->items[i];
    return NULL;
}

int64_t durations_find(const struct durations *durations, const char *name, const char *variant)
{
    const struct duration *entry = durations_entry(durations, name, variant);

    return entry ? entry->ms : -1;
}

int durations_set(struct durations *durations, const char *name, const char *variant, int64_t ms)
{
    struct duration *entry = durations_entry(durations, name, variant), *items;

    if (entry) {
        entry->ms = ms;
        return 0;
    }
    items = reallocarray(durations->items, durations->n + 1, sizeof(*items));
    if (!items)
        return err_r(ENOMEM, "cannot keep what '%s' took", name);
    durations->items = items;
    entry = &items[durations->n++];
    *entry = (struct duration){.name = strdup(name), .variant = strdup(variant), .ms = ms};
    return entry->name && entry->variant ? 0 : err_r(ENOMEM, "cannot keep what '%s' took", name);
}

/* ---- files ---- */

static int durations_line(struct durations *durations, const char *line)
{
    _cleanup_free_ char *name = NULL, *variant = NULL;
    long long ms;
    char behind;

    if (*line == '#' || sscanf(line, "%ms %ms %lld %c", &name, &variant, &ms, &behind) != 3 ||
        ms < 0)
        return 0;
    return durations_set(durations, name, variant, ms);
}

int durations_read(const char *path, struct durations *out)
{
    _cleanup_fclose_ FILE *file = path ? fopen(path, "re") : NULL;
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    if (!file)
        return !path || errno == ENOENT ? 0 : err_r(errno, "cannot open '%s'", path);
    while (getline(&line, &size, file) >= 0) {
        int r = durations_line(out, line);

        if (r < 0)
            return r;
    }
    return 0;
}

static int durations_compare(const void *a, const void *b)
{
    const struct duration *x = *(const struct duration *const *)a;
    const struct duration *y = *(const struct duration *const *)b;
    int names = strcmp(x->name, y->name);

    return names != 0 ? names : strcmp(x->variant, y->variant);
}

struct durations_text {
    const struct durations *durations;
    const char *comment;
};

static int durations_write_lines(FILE *file, const void *data)
{
    const struct durations_text *text = data;
    size_t n = text->durations->n;
    _cleanup_free_ const struct duration **sorted = calloc(n + 1, sizeof(*sorted));

    if (!sorted)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &text->durations->items[i];
    qsort(sorted, n, sizeof(*sorted), durations_compare);
    fputs(text->comment ? text->comment : "", file);
    for (size_t i = 0; i < n; i++)
        fprintf(file, "%s %s %lld\n", sorted[i]->name, sorted[i]->variant,
                (long long)sorted[i]->ms);
    return 0;
}

int durations_write(const struct durations *durations, const char *path, const char *comment)
{
    const struct durations_text text = {.durations = durations, .comment = comment};

    return whole_file_write(path, durations_write_lines, &text);
}

void durations_clear(struct durations *durations)
{
    for (size_t i = 0; i < durations->n; i++) {
        free(durations->items[i].name);
        free(durations->items[i].variant);
    }
    free(durations->items);
    *durations = (struct durations){0};
}
