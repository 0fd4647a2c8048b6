/* SPDX-License-Identifier: Apache-2.0 */
/* `waypost run verifier`: what the verifier of the running kernel spends on each program, compared
 * with docs/verifier.md. */
#pragma once

#include <stdbool.h>

#include "run/site.h"

/* Returns the exit code. With --as-test as first argument it is a test of its own and prints TAP:
 * a kernel that nobody has recorded is skipped. */
int verifier_main(const struct site *site, int argc, char **argv);

/* The table of one kernel or several: `files` (NULL-terminated) are outputs of `waypost programs
 * -j`. With `recorded` they are compared with the record, with `write` put on it. Returns the exit
 * code, or -errno with a sentence. */
struct verifier_judgement {
    const char *const *files;
    bool recorded, write;
};
int verifier_judge(const struct site *site, const struct verifier_judgement *judgement);
