/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a machine. Until it has said `exit N` itself, nothing has passed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vm/tail.h"

/* How far it came (guest/init.c says the words). */
enum verdict_phase { VERDICT_START, VERDICT_INIT, VERDICT_READY, VERDICT_SUITE };

struct verdict_facts {
    const char *dir; /* with the console and the output */
    enum verdict_phase phase;
    char lacks[TAIL_MAX];         /* what the kernel has not got; "" */
    char out_of_memory[TAIL_MAX]; /* how many processes it killed for memory; "" */
    int exit_code;                /* of what ran inside; -1: it said none */
    bool is_late;                 /* it was killed at its limit */
    int qemu_code;                /* as process_wait() has it */
    unsigned boot_limit_s, run_limit_s;
};

struct verdict {
    const char *word; /* "ended", "panicked", … (docs/vm.md); static */
    char detail[TAIL_MAX + 128];
    int exit_code; /* -1: none */
};

void verdict_find(const struct verdict_facts *facts, struct verdict *out);

/* How a kernel was run, and for how long. */
struct verdict_how {
    const char *accelerator; /* "kvm", "tcg", "host", "none" */
    long long seconds;
};

/* Writes DIR/verdict.json (vm/matrix.h). */
int verdict_write(const char *dir, const struct verdict *verdict, const struct verdict_how *how);
