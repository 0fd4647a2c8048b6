/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C files of the project as they are linked into something: below harness/ and bpf/, without
 * tests, fuzzers and what these read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct source {
    char *path; /* from the root: "harness/net/link.c" */
    char *room; /* "net/"; "bpf/witness/" */
    char *text;
    size_t lines;
};

struct tree {
    char *root;
    struct source *sources; /* sorted by path */
    size_t n;
};

/* Reads every file. An error was said. */
int tree_read(const char *root, struct tree *out);
void tree_free(struct tree *tree);
const struct source *tree_find(const struct tree *tree, const char *path);

bool source_is_header(const struct source *source);

typedef int (*include_fn)(void *data, const struct source *source, size_t line, const char *target);
/* Calls `fn` for every `#include "TARGET"`; a negative return ends it and is returned. */
int source_includes(const struct source *source, include_fn fn, void *data);
/* The file that an include means, as the compiler's -Iharness -Ibpf find it (programs see -Ibpf
 * only); NULL when it is none of the tree's. */
const struct source *tree_included(const struct tree *tree, const struct source *from,
                                   const char *target);
