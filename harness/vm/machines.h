/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of a run, side by side. */
#pragma once

#include "vm/machine.h"

/* Boots all of them, and returns when all have ended; each then has a verdict.json. Of several it
 * prints a line for each that ends. -ECANCELED, without a word, when a person has ended the run;
 * another errno, said, when it cannot go on: what ran was killed. */
int machines_run(const struct vm_context *context, const struct command_line *line,
                 const struct prepared_all *kernels);
