/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of run.sh that are verbs of `waypost` with something around them. Each returns the exit
 * code. */
#pragma once

#include "run/site.h"

/* The unit tests in $BUILD/unit, which run.sh has built. */
int unit_main(const struct site *site, int argc, char **argv);
/* What the kernel has: as root in a sandbox, where it can be tried. */
int doctor_main(const struct site *site, int argc, char **argv);
/* `repro` and `shrink`: in a sandbox, where the person stands, so that their paths are right. */
int field_main(const struct site *site, int argc, char **argv);
/* Removes what runs left that did not end by themselves; with --labs the labs made by hand, too. */
int clean_main(const struct site *site, int argc, char **argv);
