/* SPDX-License-Identifier: Apache-2.0 */
/* results/RUN, one directory for each run that somebody may want to look at later. */
#pragma once

#include <stdbool.h>

#include "run/site.h"

/* So many stay; older ones are removed by the next run. */
#define RESULTS_DIR_KEPT 20

/* Makes "results/RUN", and removes what is too old, but for runs that are alive. The caller frees
 * *out. */
int results_dir_make(const char *run, char **out);
/* Removes it, or leaves it to the person to whom the tree belongs. */
void results_dir_close(const struct site *site, const char *dir, bool keep);
