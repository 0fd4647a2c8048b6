/* SPDX-License-Identifier: Apache-2.0 */
/* `waypost run suite`: the suites, each file as a bats process of its own for each family. */
#pragma once

#include "run/session.h"

#define SUITE_LIMIT_S 120

/* Returns the exit code. */
int suite_main(const struct site *site, int argc, char **argv);

/* What the options select of the suites. */
int suite_select(const struct site *site, const struct options *options, struct selection **out);
/* Adds the jobs of the session's selection. */
int suite_add_jobs(struct session *session);
/* Adds one bats process; `names` as in select/select.h. */
struct suite_bats {
    const char *name, *path, *names;
    enum family family;
    long n_tests;
    bool is_part;
    int limit_s;
    int64_t expected_ms;
};
int suite_add_bats(struct session *session, const struct suite_bats *bats);
