/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an errno says something of the machine, and not of what was asked of it. The one place
 * that decides. err_r() asks it: such an error becomes
 *
 *     waypost: shortage: MESSAGE: ERRNO'S TEXT; HOW TO GET MORE
 *
 * with which every verb ends in 3, and a word of the suites makes its test inconclusive.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SHORTAGE_WORD     "shortage: "
#define SHORTAGE_TEXT_MAX 256

/* The codes may be positive or negative errnos. */

/* EMFILE, ENFILE, ENOMEM, EAGAIN, ENOSPC, EDQUOT and EROFS, whatever was asked; EPERM where it is
 * asked by root without its rights. Of a root with all of them it is an answer: of a datapath that
 * refuses a connection, for one. */
bool shortage_is(int code);
/*
 * Of bpf(2), where the verifier said nothing: EPERM, too, is a right that the process has not got,
 * memory that it may not lock (RLIMIT_MEMLOCK, before Linux 5.11), or a cgroup whose parent allows
 * no other programs.
 */
bool shortage_is_of_bpf(int code);
/* Whether the process is root, but has not got all the capabilities that a lab needs, or is root of
 * a user namespace only. Then what the verifier refuses is no verdict either: without CAP_PERFMON
 * it refuses more. */
bool shortage_of_rights(void);
/* How to get what was short, without a full stop; "" where it is no shortage. Returns `text`. */
const char *shortage_remedy(int code, char text[SHORTAGE_TEXT_MAX]);
