/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `waypost run test`: lint, the C unit tests built by gcc, by clang and with sanitizers, the unit
 * tests of single programs, the fuzzers, the runner's own tests, and the suites. Everything is
 * counted in one closing line.
 */
#pragma once

#include "run/site.h"

/* Returns the exit code. */
int stages_main(const struct site *site, int argc, char **argv);
