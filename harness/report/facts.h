/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run was made on: its kernel, its accelerator, its objects, its shard. The runner writes
 * them to the run's directory as `facts`, one NAME \t VALUE per line; they are told apart by name
 * only, and JUnit carries them as properties.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct fact {
    char *name, *value; /* cleaned (common/text.h) */
};

struct facts {
    struct fact *items;
    size_t n;
};

/* More than this many in one file are a mistake. */
#define FACTS_MAX 64

/* Reads to the end of the file; a line without a tab is -EINVAL, with a sentence that names `path`.
 * What was read is in *out in any case; facts_clear() frees it. */
int facts_read(FILE *file, const char *path, struct facts *out);
/* Copies both texts. 0 or -ENOMEM. */
int facts_add(struct facts *facts, const char *name, const char *value);
void facts_clear(struct facts *facts);
