// SPDX-License-Identifier: Apache-2.0
#include "check/tree.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

void tree_free(struct tree *tree)
{
    for (size_t i = 0; i < tree->n; i++) {
        free(tree->sources[i].path);
        free(tree->sources[i].room);
        free(tree->sources[i].text);
    }
    free(tree->sources);
    free(tree->root);
    *tree = (struct tree){};
}

static void tree_close(FTS **fts)
{
    if (*fts)
        fts_close(*fts);
}

static bool tree_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), n = strlen(end);

    return length >= n && strcmp(text + length - n, end) == 0;
}

bool source_is_header(const struct source *source)
{
    return tree_ends_with(source->path, ".h");
}

/* harness/ROOM/… is ROOM/, bpf/ROOM/… stays; what lies in no room has none. */
static char *tree_room(const char *path)
{
    const char *room = strncmp(path, "harness/", 8) == 0 ? path + 8 : path;
    const char *first = strchr(path, '/'), *end = first ? strchr(first + 1, '/') : NULL;

    return end ? strndup(room, (size_t)(end + 1 - room)) : strdup("");
}

static int tree_read_text(const char *path, struct source *source)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    size_t room = 0;

    if (!file)
        return err_r(errno, "cannot open '%s'", path);
    if (getdelim(&source->text, &room, '\0', file) < 0) {
        free(source->text);
        source->text = strdup("");
    }
    if (!source->text)
        return err_r(ENOMEM, "cannot read '%s'", path);
    for (const char *at = source->text; *at; at++)
        source->lines += *at == '\n';
    return 0;
}

static int tree_add(struct tree *tree, const char *path)
{
    struct source *grown = reallocarray(tree->sources, tree->n + 1, sizeof(*grown)), *new;

    if (!grown)
        return err_r(ENOMEM, "cannot read '%s'", path);
    tree->sources = grown;
    new = &grown[tree->n++];
    *new = (struct source){.path = strdup(path + strlen(tree->root) + 1)};
    new->room = new->path ? tree_room(new->path) : NULL;
    if (!new->room)
        return err_r(ENOMEM, "cannot read '%s'", path);
    return tree_read_text(path, new);
}

/* Tests, fuzzers, and data that looks like a source. */
static bool tree_is_left_out(const char *directory)
{
    static const char *const names[] = {"tests", "fuzz", "fixtures"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(directory, names[i]) == 0)
            return true;
    return false;
}

static int tree_walk(struct tree *tree, FTS *fts)
{
    FTSENT *entry;

    while ((entry = fts_read(fts))) {
        int r = 0;

        if (entry->fts_info == FTS_D && tree_is_left_out(entry->fts_name))
            fts_set(fts, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_F &&
                 (tree_ends_with(entry->fts_name, ".c") || tree_ends_with(entry->fts_name, ".h")))
            r = tree_add(tree, entry->fts_path);
        if (r < 0)
            return r;
    }
    return 0;
}

static int tree_compare(const void *a, const void *b)
{
    return strcmp(((const struct source *)a)->path, ((const struct source *)b)->path);
}

static int tree_read_dirs(struct tree *tree)
{
    _cleanup_free_ char *harness = NULL, *bpf = NULL;
    _cleanup_(tree_close) FTS *fts = NULL;
    char *dirs[3] = {};
    int r = text_format(&harness, "%s/harness", tree->root);

    if (r < 0)
        return r;
    r = text_format(&bpf, "%s/bpf", tree->root);
    if (r < 0)
        return r;
    dirs[0] = harness;
    dirs[1] = bpf;
    fts = fts_open(dirs, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!fts)
        return err_r(errno, "cannot read '%s'", tree->root);
    return tree_walk(tree, fts);
}

int tree_read(const char *root, struct tree *out)
{
    _cleanup_(tree_free) struct tree tree = {};
    int r = text_format(&tree.root, "%s", root);

    if (r < 0)
        return r;
    r = tree_read_dirs(&tree);
    if (r < 0)
        return r;
    if (tree.n == 0)
        return err_say(ENOENT, "there is no C file below '%s'", root);
    qsort(tree.sources, tree.n, sizeof(*tree.sources), tree_compare);
    *out = tree;
    tree = (struct tree){};
    return 0;
}

const struct source *tree_find(const struct tree *tree, const char *path)
{
    const struct source wanted = {.path = (char *)path};

    return bsearch(&wanted, tree->sources, tree->n, sizeof(*tree->sources), tree_compare);
}

/* The text between the quotes of `#include "…"`, or NULL. */
static char *tree_include_target(const char *line)
{
    const char *at = line, *end;

    if (*at++ != '#')
        return NULL;
    at += strspn(at, " \t");
    if (strncmp(at, "include", 7) != 0)
        return NULL;
    at += 7;
    at += strspn(at, " \t");
    if (*at++ != '"')
        return NULL;
    end = at + strcspn(at, "\"\n");
    return *end == '"' ? strndup(at, (size_t)(end - at)) : NULL;
}

int source_includes(const struct source *source, include_fn fn, void *data)
{
    size_t number = 1;

    for (const char *line = source->text; *line; number++) {
        _cleanup_free_ char *target = tree_include_target(line);
        int r = target ? fn(data, source, number, target) : 0;

        if (r < 0)
            return r;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return 0;
}

const struct source *tree_included(const struct tree *tree, const struct source *from,
                                   const char *target)
{
    static const char *const places[] = {"harness/", "bpf/"};
    size_t dir = (size_t)(strrchr(from->path, '/') + 1 - from->path);
    const struct source *found = NULL;

    for (size_t i = strncmp(from->path, "bpf/", 4) == 0; !found && i < ARRAY_SIZE(places); i++) {
        _cleanup_free_ char *path = NULL;

        if (text_format(&path, "%s%s", places[i], target) == 0)
            found = tree_find(tree, path);
    }
    if (!found) {
        _cleanup_free_ char *path = NULL;

        if (text_format(&path, "%.*s%s", (int)dir, from->path, target) == 0)
            found = tree_find(tree, path);
    }
    return found;
}
