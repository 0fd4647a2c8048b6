// SPDX-License-Identifier: Apache-2.0
#include "run/results_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"
#include "run/claims.h"

#define RESULTS_DIR "results"

/* ---- what is too old ---- */

static int results_dir_is_one(const struct dirent *entry)
{
    return *entry->d_name != '.';
}

/* The oldest first, by when they were last written to. */
static int results_dir_by_time(const struct dirent **a, const struct dirent **b)
{
    struct stat one = {0}, other = {0};
    _cleanup_free_ char *first = NULL, *second = NULL;

    if (text_format(&first, RESULTS_DIR "/%s", (*a)->d_name) == 0)
        lstat(first, &one);
    if (text_format(&second, RESULTS_DIR "/%s", (*b)->d_name) == 0)
        lstat(second, &other);
    return one.st_mtime < other.st_mtime ? -1 : one.st_mtime > other.st_mtime;
}

/* RUN of a run, or vm-DATE-PID. */
static bool results_dir_is_alive(const char *name)
{
    const char *dash = strrchr(name, '-');
    int pid = dash ? atoi(dash + 1) : 0;

    return claim_is_held(name) || (strncmp(name, "vm-", 3) == 0 && pid > 0 && kill(pid, 0) == 0);
}

static void results_dir_prune_one(const char *name)
{
    _cleanup_free_ char *path = NULL;

    if (!results_dir_is_alive(name) && text_format(&path, RESULTS_DIR "/%s", name) == 0)
        tree_remove(path);
}

static void results_dir_prune(void)
{
    struct dirent **entries = NULL;
    int n = scandir(RESULTS_DIR, &entries, results_dir_is_one, results_dir_by_time);

    for (int i = 0; i < n; i++) {
        /* The one that is about to be made counts, too. */
        if (i < n - (RESULTS_DIR_KEPT - 1))
            results_dir_prune_one(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

/* ---- this one ---- */

int results_dir_make(const char *run, char **out)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, RESULTS_DIR "/%s", run);

    if (r < 0)
        return r;
    results_dir_prune();
    if ((mkdir(RESULTS_DIR, 0755) < 0 && errno != EEXIST) || mkdir(path, 0755) < 0)
        return err_r(errno, "cannot write to '" RESULTS_DIR "'");
    *out = TAKE_PTR(path);
    return 0;
}

/* The directory with all that is in it, to the person to whom the tree belongs. */
static void results_dir_give(const char *path, const struct stat *root)
{
    char *const paths[] = {(char *)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
    const FTSENT *entry;

    while (tree && (entry = fts_read(tree)))
        if (entry->fts_info != FTS_DP && lchown(entry->fts_accpath, root->st_uid, root->st_gid) < 0)
            log_debug("cannot give '%s' to its owner", entry->fts_accpath);
    if (tree)
        fts_close(tree);
}

void results_dir_close(const struct site *site, const char *dir, bool keep)
{
    struct stat root;

    if (!keep) {
        tree_remove(dir);
        rmdir(RESULTS_DIR);
        return;
    }
    if (stat(site->root, &root) == 0)
        results_dir_give(RESULTS_DIR, &root);
}
