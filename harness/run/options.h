/* SPDX-License-Identifier: Apache-2.0 */
/* The command lines of `suite` and `test`, which other verbs share a part of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/strings.h"
#include "select/select.h"
#include "run/site.h"

enum options_verb {
    OPTIONS_SUITE = 1,
    OPTIONS_TEST = 2,
    OPTIONS_VERIFIER = 4,
};

struct options {
    struct strings patterns, tags;
    unsigned families;              /* report/families.h; 0: all */
    char *junit, *tap;              /* absolute paths, NULL: none */
    char *objects, *plant, *expect; /* likewise; no '/' at the end */
    unsigned side_by_side;          /* 0: not said */
    unsigned limit_s;               /* --time-limit or $WAYPOST_TIME_LIMIT; 0: not said */
    unsigned shard, shards;         /* 0: all */
    bool keep, list, ids, record;   /* record: --record-times, of `verifier` --record */
    bool with_long;                 /* --long; `test` has it always */
    bool failed, fail_fast, allow_skipped;
    bool help; /* nothing else was looked at */
};

/* Reads argv[1] and on (argv[0] is the verb). -EINVAL, with a sentence, for a mistake.
 * options_clear() frees what is in *out, also then. */
int options_read(const struct site *site, enum options_verb verb, int argc, char **argv,
                 struct options *out);
void options_clear(struct options *options);

/* "1" to "99999"; -EINVAL with a sentence. */
int options_number(const char *option, const char *text, unsigned *out);
/* Prints what `./run.sh --help` does. */
int options_print_help(const struct site *site);
