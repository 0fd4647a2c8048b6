/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the witness of marks counts, and whom it sets marks for. */
#pragma once

#include <linux/types.h>

struct witness_mark_key {
    __u32 interface; /* its index in the node */
    __u32 mark;
    __u32 protocol; /* IPPROTO_…, of the first header behind the IP header */
};

/* The protocol of what is not IP, or ends before it says one: no protocol of IP. */
#define WITNESS_MARKS_OTHER 256

#define WITNESS_MARKS_MAX 1024
