// SPDX-License-Identifier: Apache-2.0
#include "vm/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"

#define COPY_CHUNK (1 << 24)
#define COPY_BLOCK 4096

/* ---- one file ---- */

static int copy_bytes(int from, int to)
{
    ssize_t n;

    do
        n = sendfile(to, from, NULL, COPY_CHUNK);
    while (n > 0);
    return n < 0 ? -errno : 0;
}

static int copy_file(const char *from, const char *to)
{
    _cleanup_close_ int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
    struct stat it;
    int r;

    if (in < 0 || fstat(in, &it) < 0)
        return err_r(errno, "cannot read '%s'", from);
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, it.st_mode & 0777);
    if (out < 0)
        return err_r(errno, "cannot write '%s'", to);
    r = copy_bytes(in, out);
    return r < 0 ? err_r(r, "cannot copy '%s'", from) : 0;
}

/* ---- trees ---- */

static int copy_entry(const FTSENT *entry, const char *to)
{
    switch (entry->fts_info) {
    case FTS_D:
        if (mkdir(to, 0755) < 0 && errno != EEXIST)
            return err_r(errno, "cannot make '%s'", to);
        return 0;
    case FTS_F:
        return copy_file(entry->fts_accpath, to);
    case FTS_DP:
        return 0;
    default:
        return err_r(entry->fts_errno ? entry->fts_errno : EINVAL, "cannot copy '%s'",
                     entry->fts_path);
    }
}

typedef int (*copy_entry_fn)(const FTSENT *entry, void *data);

static int copy_walk(const char *path, copy_entry_fn fn, void *data)
{
    char *const paths[] = {(char *)path, NULL};
    FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    const FTSENT *entry;
    int r = 0;

    if (!tree)
        return err_r(errno, "cannot read '%s'", path);
    while (r >= 0 && (entry = fts_read(tree)))
        r = fn(entry, data);
    fts_close(tree);
    return r < 0 ? r : 0;
}

struct copy_request {
    const char *from, *to;
};

static int copy_one(const FTSENT *entry, void *data)
{
    const struct copy_request *request = data;
    _cleanup_free_ char *to = NULL;
    int r = text_format(&to, "%s%s", request->to, entry->fts_path + strlen(request->from));

    return r < 0 ? r : copy_entry(entry, to);
}

int copy_tree(const char *from, const char *to)
{
    struct copy_request request = {from, to};
    int r = tree_make_parents(to);

    return r < 0 ? r : copy_walk(from, copy_one, &request);
}

int copy_tree_if_there(const char *from, const char *to)
{
    return access(from, F_OK) < 0 ? 0 : copy_tree(from, to);
}

struct copy_visit {
    copy_fn fn;
    void *data;
};

static int copy_visit_one(const FTSENT *entry, void *data)
{
    const struct copy_visit *visit = data;

    return entry->fts_info == FTS_F ? visit->fn(entry->fts_path, visit->data) : 0;
}

int copy_each_file(const char *path, copy_fn fn, void *data)
{
    struct copy_visit visit = {fn, data};

    return copy_walk(path, copy_visit_one, &visit);
}

/* ---- sizes ---- */

static int copy_add_size(const FTSENT *entry, void *data)
{
    size_t *size = data;

    if (entry->fts_info == FTS_D)
        *size += COPY_BLOCK;
    if (entry->fts_info == FTS_F)
        *size += ((size_t)entry->fts_statp->st_size + COPY_BLOCK - 1) / COPY_BLOCK * COPY_BLOCK;
    return 0;
}

int copy_size(const char *path, size_t *out)
{
    *out = 0;
    return copy_walk(path, copy_add_size, out);
}

/* ---- programs ---- */

char *copy_which(const char *program)
{
    const char *path = getenv("PATH");

    while (path && *path) {
        size_t length = strcspn(path, ":");
        char *file = NULL;

        if (text_format(&file, "%.*s/%s", (int)length, path, program) < 0)
            return NULL;
        if (length > 0 && access(file, X_OK) == 0)
            return file;
        free(file);
        path += length + (path[length] == ':');
    }
    return NULL;
}

bool copy_find_program(const char *program)
{
    _cleanup_free_ char *path = copy_which(program);

    return path != NULL;
}
