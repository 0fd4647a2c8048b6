/* SPDX-License-Identifier: Apache-2.0 */
/* What the suites find in their environment, beside what a sandbox has (run/sandbox.h). */
#pragma once

#include "run/options.h"
#include "run/site.h"

/* WAYPOST, LC_ALL, WAYPOST_KEEP, and with --time-limit the limits of what the tests run themselves;
 * nothing of a bats around this run. */
int suite_set_environment(const struct site *site, const struct options *options);
/* Of a run within a test: bats puts its own insides in front of the path. They go. */
int suite_clean_path(void);
