/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What run.sh ends in: `waypost run VERB [ARGUMENT...]`, in the root of the repository. run.sh has
 * installed what is missing and built the rest; the environment says WAYPOST_CALLER (the directory
 * that paths on the command line are relative to) and BUILD.
 */
#pragma once

/* argv[0] is the verb. Returns the exit code. */
int run_main(int argc, char **argv);
