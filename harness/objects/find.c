// SPDX-License-Identifier: Apache-2.0
#include "objects/find.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "objects/judge.h"
#include "place/bpffs.h"

/* A build tree has some twenty. */
#define FIND_MAX 512

void files_found_free(struct files_found *found)
{
    for (size_t i = 0; found->files && i < found->n; i++) {
        free(found->files[i].name);
        object_bytes_free(&found->files[i].bytes);
    }
    free(found->files);
    free(found->looks);
    *found = (struct files_found){};
}

static bool find_is_object(const char *name)
{
    size_t length = strlen(name);

    return length > 2 && strcmp(name + length - 2, ".o") == 0;
}

static int find_is_object_entry(const struct dirent *entry)
{
    return find_is_object(entry->d_name);
}

static int find_new(const char *dir, size_t n, struct files_found *out)
{
    if (n > FIND_MAX)
        return err_say(EFBIG, "'%s' has %zu objects, more than %d", dir, n, FIND_MAX);
    out->files = calloc(n + 1, sizeof(*out->files));
    out->looks = calloc(n + 1, sizeof(*out->looks));
    return out->files && out->looks ? 0 : err_r(ENOMEM, "cannot read '%s'", dir);
}

/* Counts the file in; its bytes are still to come. */
static int find_name(const char *dir, const char *name, struct files_found *out, char **path)
{
    int r = bpffs_path(dir, name, path);

    if (r < 0)
        return r;
    out->files[out->n].name = strdup(name);
    if (!out->files[out->n].name)
        return err_r(ENOMEM, "cannot open '%s'", name);
    out->n++;
    return 0;
}

/* ---- in a directory ---- */

static int find_read(const char *dir, struct dirent **entries, size_t n, struct files_found *out)
{
    int r = find_new(dir, n, out);

    for (size_t i = 0; r >= 0 && i < n; i++) {
        _cleanup_free_ char *path = NULL;

        r = find_name(dir, entries[i]->d_name, out, &path);
        if (r >= 0)
            r = object_bytes_read(path, OBJECT_SIZE_MAX, &out->files[i].bytes);
    }
    return r;
}

static int find_in_dir(const char *dir, struct files_found *out)
{
    struct dirent **entries;
    int n = scandir(dir, &entries, find_is_object_entry, alphasort);
    int r;

    if (n < 0)
        return err_r(errno, "cannot read the objects in '%s'", dir);
    r = find_read(dir, entries, (size_t)n, out);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return r;
}

/* ---- in memory ---- */

static int find_compare(const void *a, const void *b)
{
    return strcmp(((const struct programs_file *)a)->name, ((const struct programs_file *)b)->name);
}

static int find_in_memory(const char *dir, const struct memory_files *memory,
                          struct files_found *out)
{
    int r = find_new(dir, memory->n, out);

    for (size_t i = 0; r >= 0 && i < memory->n; i++) {
        const struct memory_file *file = &memory->files[i];
        _cleanup_free_ char *path = NULL;

        if (!find_is_object(file->name))
            continue;
        r = find_name(dir, file->name, out, &path);
        if (r >= 0)
            r = object_bytes_copy(path, file->bytes, file->size, &out->files[out->n - 1].bytes);
    }
    if (r >= 0 && out->n)
        qsort(out->files, out->n, sizeof(*out->files), find_compare);
    return r;
}

/* ---- all of them ---- */

static int find_judge(const char *dir, bool own, struct files_found *found)
{
    _cleanup_free_ struct object_bytes *bytes = calloc(found->n + 1, sizeof(*bytes));
    _cleanup_free_ char *what = NULL;

    if (!bytes || text_format(&what, "the objects in '%s'", dir) < 0)
        return err_r(ENOMEM, "cannot read '%s'", dir);
    for (size_t i = 0; i < found->n; i++)
        bytes[i] = found->files[i].bytes;
    for (size_t i = 0; i < found->n; i++)
        found->files[i].own = own;
    return objects_judge(what, bytes, found->n, !own, found->looks);
}

int files_find(const char *dir, const struct memory_files *memory, bool own,
               struct files_found *out)
{
    _cleanup_(files_found_free) struct files_found found = {};
    int r = memory ? find_in_memory(dir, memory, &found) : find_in_dir(dir, &found);

    if (r < 0)
        return r;
    r = find_judge(dir, own, &found);
    if (r < 0)
        return r;
    *out = found;
    found = (struct files_found){};
    return 0;
}
