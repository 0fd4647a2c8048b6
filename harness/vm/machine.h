/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One machine from its start to its verdict, in an event loop: a qemu, which is booted once more
 * without KVM where that does not get it ready, or the suites on the kernel that is running.
 */
#pragma once

#include "common/loop.h"
#include "vm/command_line.h"
#include "vm/prepare.h"
#include "vm/verdict.h"

struct machine;

struct machine_settings {
    const struct vm_context *context;
    const struct command_line *line;
    struct loop *loop;
    bool is_alone; /* what it prints goes to stdout at once */
    /* Called once, from the loop: DIR/verdict.json was written, or `r` is an error that was said.
     * The machine may be freed there. */
    void (*ended)(struct machine *machine, int r, void *data);
    void *data;
};

/* Both stay the caller's, and stay. */
int machine_start(const struct machine_settings *settings, const struct prepared *kernel,
                  struct machine **out);
/* Takes NULL; clears *machine. What runs is killed. */
void machine_free(struct machine **machine);

const struct prepared *machine_kernel(const struct machine *machine);
/* A deadline (common/deadline.h). */
int64_t machine_deadline(const struct machine *machine);
/* Ends it if its time is over; the loop hears of it. */
void machine_end_if_late(struct machine *machine);

/* "6.12 (tcg): the suites, 45 s, 210 of 1820 tests" */
#define MACHINE_TEXT_MAX 512
void machine_describe(const struct machine *machine, char out[MACHINE_TEXT_MAX]);
/* Whether a line that changes may be shown: what it printed last has an end. */
bool machine_has_line_end(const struct machine *machine);
/* "6.12: ended after 31 s (tcg)", when it has ended. */
void machine_describe_end(const struct machine *machine, char out[MACHINE_TEXT_MAX]);
