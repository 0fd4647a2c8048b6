/* SPDX-License-Identifier: Apache-2.0 */
/* qemu: how the guest's processor is made, and the command line. */
#pragma once

#include <stdbool.h>

#include "common/strings.h"
#include "vm/prepare.h"

/* Where what comes out of a machine is found, in its directory. */
#define QEMU_CONSOLE "console"
#define QEMU_FILES   "files.tar" /* the results, packed at the end */
#define QEMU_ERRORS  "qemu.err"

/* "kvm" where it works (or as far as one can see), else "tcg". */
const char *qemu_accelerator(const struct vm_context *context);
/* Remembers that KVM does not work, until the host's next boot. `why` is for whoever wonders. */
void qemu_distrust_kvm(const struct vm_context *context, const char *why);

struct qemu_machine {
    const struct prepared *kernel;
    const char *accelerator, *append; /* append: more for the kernel's command line, or NULL */
    int output_fd, live_fd; /* inherited by qemu: the command's output, and results as they come */
};

/* The machine reports on its standard output (guest/init.c). */
int qemu_line(const struct vm_context *context, const struct qemu_machine *machine,
              struct strings *out);
