/* SPDX-License-Identifier: Apache-2.0 */
/* `waypost run shell LAB POD`: a shell inside a pod, of a lab made by hand or of a run that is
 * going on (or waits, with --keep). */
#pragma once

#include "run/site.h"

/* Returns the exit code: the shell's. */
int shell_main(const struct site *site, int argc, char **argv);
