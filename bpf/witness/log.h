/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the witnesses write a pod's events: one log per network namespace, in a hash with the netns
 * cookie as key. The reader makes the entry; without one nothing is kept.
 *
 * Why no ring buffer per pod: that takes a map of maps, and for every change of one the kernel
 * waits for an RCU grace period, 15 ms a pod on Linux 6.18.
 */
#pragma once

#include <linux/bpf.h>

#include "witness/event.h"

#define WITNESS_LOG_EVENTS 64 /* a power of two */

struct witness_log {
    struct bpf_spin_lock lock;
    __u32 unused;
    __u64 written; /* events since the log was made; the last one is at (written - 1) % EVENTS */
    struct witness_event events[WITNESS_LOG_EVENTS];
};
