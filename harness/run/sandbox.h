/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run's own mount, network and pid namespaces, with a bpffs, a /run/netns, a state directory and
 * a cgroup of its own. Everything in it is kernel state that dies with its owner:
 *
 *   waypost run (outer) ── first process of the namespace ── waypost run (inner) ── bats, agents, …
 *
 * The first process gets SIGKILL when the outer one dies, and the kernel kills the rest: kill -9 of
 * any of the three leaves no process. What remains is the run's empty cgroups, which the outer one
 * removes at its end and, where it could not, the next run (run/claims.h).
 */
#pragma once

#include "run/claims.h"

/* What is done inside; its result is the exit code of the inner process, a negative errno (said)
 * is 3. */
typedef int (*sandbox_fn)(void *data);

/*
 * Runs `fn` in a sandbox, and returns its exit code when all of the sandbox is gone: 128 and the
 * signal's number (130, 143, 129) when SIGINT, SIGTERM or SIGHUP ended it, which it does at once.
 * -errno with a sentence when there is no sandbox.
 *
 * Inside are set: WAYPOST_RUN_ID, WAYPOST_STATE, WAYPOST_BPFFS, WAYPOST_CGROUP, TMPDIR.
 */
int sandbox_run(const struct claim *claim, sandbox_fn fn, void *data);
