/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long jobs took, as a file: NAME VARIANT MILLISECONDS per line, `#` begins a comment. One is
 * kept beside the build, for this machine; suites/times.txt is the repository's, by which shards
 * are cut.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct duration {
    char *name, *variant; /* "120-connect", "v6"; the variant is never "" */
    int64_t ms;
};

struct durations {
    struct duration *items;
    size_t n;
};

/* A file that is not there, or NULL, has none; a line that cannot be read is passed over. Adds to
 * *out, which durations_clear() frees. */
int durations_read(const char *path, struct durations *out);
/* -1 when it is not known. */
int64_t durations_find(const struct durations *durations, const char *name, const char *variant);
/* Copies both strings; one that is there already takes the new value. 0 or an error that was said.
 */
int durations_set(struct durations *durations, const char *name, const char *variant, int64_t ms);
/* Whole or not at all, sorted by name and variant, below `comment` (lines that begin with `#`, or
 * NULL). */
int durations_write(const struct durations *durations, const char *path, const char *comment);
void durations_clear(struct durations *durations);
