/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of packets and the verdicts that are expected of a program. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "forge/verdict.h"

/*
 * Runs the program on every line of the text, `PACKET` or `PACKET -> VERDICT`; empty lines and
 * those that begin with # are passed by. Everything is read before anything is run. To `out` goes a
 * line for each, `PACKET -> VERDICT` as it is, or with `json`
 *
 *   {"packet", "verdict", "expected"?, "action", "changed", "before", "after", "mark_in"?,
 *    "mark_out"?}
 *
 * with the bytes in hexadecimal, and the marks of a tc program. *differ is how many have another
 * verdict than the expected one; then a sentence names the first. -EINVAL with one that begins with
 * "line N: " for a line that is no packet, or the kernel's errno.
 */
int table_run(const struct verdict_program *program, const char *text, bool json, FILE *out,
              size_t *differ);
