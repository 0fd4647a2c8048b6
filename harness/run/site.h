/* SPDX-License-Identifier: Apache-2.0 */
/* Where a run takes place: the repository, what was built of it, and who asked. */
#pragma once

#include <sys/types.h>

struct site {
    char *root;    /* of the repository, where this process is; absolute */
    char *caller;  /* where run.sh was called: paths on the command line are relative to it */
    char *build;   /* $BUILD, as it was given ("build") */
    char *waypost; /* this program */
    char *suites;  /* $WAYPOST_SUITES, or ROOT/suites */
    uid_t uid;     /* to whom the tree belongs, when root came by sudo from them; else 0 */
    gid_t gid;
};

/* -errno with a sentence. site_clear() frees what is in *out. */
int site_read(struct site *out);
void site_clear(struct site *site);

/* An absolute path of one on the command line; the caller frees *out. */
int site_path(const struct site *site, const char *path, char **out);
/* 0, or -EPERM with a sentence that names the command. */
int site_need_root(const char *verb);
