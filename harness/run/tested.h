/* SPDX-License-Identifier: Apache-2.0 */
/* The programs under test: the suite's own, those of --objects, or with --plant the own ones with
 * one of them replaced. */
#pragma once

#include "run/options.h"
#include "run/site.h"

/* What the results say was tested; the caller frees it, NULL is no memory. */
char *tested_name(const struct options *options);

/*
 * Inside the sandbox, before anything runs: compiles what is planted, looks for objects of which no
 * lab can be built, and tells the suites by $WAYPOST_OBJECTS_DIR and $WAYPOST_NOTES. `results` is
 * the run's directory. 0, an exit code when that was said, or -errno with a sentence.
 */
int tested_prepare(const struct site *site, const struct options *options, const char *results);
