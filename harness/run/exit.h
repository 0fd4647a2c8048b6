/* SPDX-License-Identifier: Apache-2.0 */
/* What a run ends with. */
#pragma once

/* Exit codes, the same everywhere. */
enum run_exit {
    RUN_PASSED = 0,
    RUN_FAILED = 1,   /* a test failed, or the answer is no */
    RUN_MISTAKE = 2,  /* on the command line or in a file, or nothing ran */
    RUN_SHORTAGE = 3, /* the lab could not be built, or a requirement is missing */
};

/* The exit code for the result of a function: itself, or of an errno that was said. */
int run_code(int r);
