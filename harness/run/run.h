/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What run.sh ends in: `waypost run VERB [ARGUMENT...]`, in the root of the repository. run.sh has
 * installed what is missing and built the rest; the environment says WAYPOST_CALLER (the directory
 * that paths on the command line are relative to) and BUILD.
 */
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

/* argv[0] is the verb. Returns the exit code. */
int run_main(int argc, char **argv);
