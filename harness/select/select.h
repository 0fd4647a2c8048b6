/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tests run, in which families, as which bats processes. The *.bats files of a directory are
 * read as bats-preprocess (1.8.2) reads them; no process is started.
 *
 * A file that cannot be read so is a mistake, not a file with fewer tests. 000-TEMPLATE.bats is no
 * suite. A test runs in v4, v6 and mapped; its tags (and its file's) say where it does not: once
 * (v4 only), no-v4, no-v6, no-mapped. What is tagged long is left out unless it is asked for.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "report/last_failed.h"
#include "select/selection.h"

/* Strings and what is pointed to stay the caller's. Zeroed, it selects everything. */
struct select_request {
    const char *directory; /* with the *.bats files */
    /* Parts of a file's name, or where no file has it of a test's. NULL-terminated; NULL: all. */
    const char *const *patterns;
    /* Alternatives, each "a,b,!c": with a, with b, without c. NULL-terminated; NULL: all. */
    const char *const *tags;
    bool with_long;    /* what is tagged long, too; a filter with that tag asks for it as well */
    unsigned families; /* a set (report/families.h); 0: all */
    const struct last_failed *failed; /* only what failed last time; NULL: no matter */
    unsigned shard, shards;           /* only part `shard` (from 1) of `shards`; 0: all */
    const char *shard_times; /* the durations (select/durations.h) that all machines have */
    const char *durations;   /* those of this machine; either file may be missing */
};

/*
 * -EINVAL, with a sentence that says what would be right, when nothing is selected, a pattern or a
 * tag matches nothing, the shard is empty, or a file is none that bats and this understand (all of
 * those are said, as FILE:LINE). The errno of what cannot be read.
 */
int select_tests(const struct select_request *request, struct selection **out);
/* "2/4"; -EINVAL with a sentence. */
int select_parse_shard(const char *text, unsigned *shard, unsigned *shards);

/* `FILE.bats: TEST [FAMILIES]` of the selected tests, and `N tests`: one in two families is two. */
void select_print(const struct selection *selection, FILE *out);
/*
 * The behaviours of the contract (the rows of its pages, docs/contract*.md; `pages` is a pattern as
 * of glob(7)), each with how many of the selected tests name it; files that begin with 9 test the
 * helpers and are not counted. 1 when one has no test, else 0; the errno when no page can be read.
 */
int select_print_behaviours(const struct selection *selection, const char *pages, FILE *out);
