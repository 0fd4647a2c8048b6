/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel must have for a lab, each found out by trying it, in a child process and in
 * namespaces of its own: nothing is left behind, and no version number is believed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "probe/tries.h"

struct probe {
    const char *name;
    const char *needed_by; /* what cannot be done without it */
    const char *remedy;    /* how to get it */
    bool root;             /* cannot be tried without root */
    /* 0 when it is there. Else a negative errno; `why` may say more than its text. */
    int (*run)(char why[PROBE_WHY_MAX]);
};

/* The table; *n is its length. */
const struct probe *probe_all(size_t *n);
/* NULL when there is none of that name. */
const struct probe *probe_find(const char *name);
enum probe_answer {
    PROBE_OK,
    PROBE_MISSING,
    PROBE_NOT_TRIED, /* it wants root, or the machine is short of something */
};

/* Unless it is there `why` says in a few words what happened. Takes at most 10 s of the machine's
 * time (common/patience.h). */
enum probe_answer probe_run(const struct probe *probe, char why[PROBE_WHY_MAX]);
