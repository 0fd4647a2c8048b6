/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The byte order of the ports in authorization tuples. Since 2026-02 it is the host's, before it
 * was the network's (docs/contract.md §6), and no size tells: one connection does.
 */
#pragma once

#include <stdbool.h>

#include "place/lab.h"
#include "maps/ports.h"
#include "objects/load.h"

enum ports_order {
    PORTS_CONTRACT, /* not asked: the suite's own programs */
    PORTS_HOST,
    PORTS_NETWORK,
    PORTS_UNKNOWN, /* nobody answered within the deadline */
};

/* "host", "network", "unknown"; NULL where it was not asked. */
const char *ports_order_name(enum ports_order order);

/* Whether it is a question at all: not for the suite's own sockops_prog. */
bool ports_is_asked(const struct programs_node *node);

/*
 * Makes one connection over the loopback of a network namespace and in a cgroup of their own, with
 * sockops_prog attached to that cgroup and the namespace managed, and looks at the record in
 * km_auth_req. Returns an enum ports_order: a few milliseconds, the deadline of 10 s at most;
 * where it cannot be tried the answer is unknown. -PATIENCE_STARVED, with a sentence, where the
 * machine gave it no turn.
 * Afterwards nothing of it is left, in the node's maps neither. The records that were in the node's
 * ring buffers are gone: it is meant for programs that were only just loaded.
 */
int ports_find(const struct programs_node *node);
