/* SPDX-License-Identifier: Apache-2.0 */
/* What a run on other kernels says at its end, and its exit code. */
#pragma once

#include "vm/command_line.h"
#include "vm/context.h"
#include "vm/prepare.h"

/* Every machine has ended. Returns the exit code, or -errno with a sentence. */
int outcome_report(const struct vm_context *context, const struct command_line *line,
                   const struct prepared_all *kernels);
