/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is going on, for whoever watches: on a terminal a line that changes every second, elsewhere
 * a plain line a minute. It goes to stderr, since stdout may be the output of a command inside.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct vm_status {
    bool is_terminal; /* and no CI */
    bool is_shown;    /* the line that changes is there */
    int64_t last_ns;  /* when something was last shown, or printed by others */
};

void vm_status_init(struct vm_status *status);
/* When the next line is due: a deadline (common/deadline.h). */
int64_t vm_status_due(const struct vm_status *status);
/* Shows the line if one is due. */
void vm_status_show(struct vm_status *status, const char *line);
/* Takes the line away that changes: something else is about to be printed. */
void vm_status_hide(struct vm_status *status);
