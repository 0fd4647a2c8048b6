/* SPDX-License-Identifier: Apache-2.0 */
/* Outcomes as TAP, and the tests of one object. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "unit/load.h"
#include "unit/run.h"

struct unit_report {
    FILE *out; /* memory, until the plan is known */
    char *text;
    size_t size;
    bool verbose; /* also what passed tests logged */
    size_t n, failed, skipped, inconclusive;
};

/* -ENOMEM with a sentence. */
int unit_report_begin(struct unit_report *report);
/* One line for each case that check wrote, and one for the test where it wrote none or where the
 * test as a whole did not pass. */
void unit_report_outcome(struct unit_report *report, const struct unit_object *object,
                         const struct unit_test *test, const struct unit_outcome *outcome);
/* A failure of the object itself. */
void unit_report_object(struct unit_report *report, const struct unit_object *object,
                        const struct strings *why);
/* Prints the plan and what was reported, and lets go of it. How many results there are is known
 * only now, and a reader that wants to notice a missing one wants the plan first. */
int unit_report_end(struct unit_report *report, FILE *out);
