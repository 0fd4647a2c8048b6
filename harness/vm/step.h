/* SPDX-License-Identifier: Apache-2.0 */
/* A program that is run on the way to a virtual machine, while whoever watches sees what it is and
 * how long it has been going on. */
#pragma once

#include "run/process.h"
#include "vm/context.h"

/* What it is for ("downloading linux-image-6.12"), and how it is run. `log` is the path of a file
 * that gets all that it prints, of which the last line is shown, too; NULL: the streams are as the
 * process_spec says. */
struct vm_step {
    const char *title, *log;
    struct process_spec process;
};

/* *status as process_wait() has it. -ECANCELED, without a word, when a person has ended the run:
 * the program was killed. */
int vm_step_run(const struct vm_context *context, const struct vm_step *step, int *status);
