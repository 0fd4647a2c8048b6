/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `waypost vm`: the suites, or any command, on other kernels, each in a virtual machine. No root.
 *
 * It stands in the root of the repository; run.sh has built the rest, and the environment says
 * WAYPOST_CALLER and BUILD, as for `waypost run`. What becomes of a kernel is in
 * results/vm-RUN/KERNEL: kernel.json, console, output, verdict.json and results/ (vm/matrix.h).
 */
#pragma once

/* argv[0] is the verb. Returns the exit code. */
int vm_main(int argc, char **argv);
