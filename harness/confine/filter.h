/* SPDX-License-Identifier: Apache-2.0 */
/* What the confined child gives up before it looks at a stranger's bytes. */
#pragma once

#include <sys/types.h>

#include "confine/limits.h"

/* In the child, with one thread: closes every descriptor but `keep_fd` (and stderr, which becomes
 * /dev/null), gives up rights and namespaces, sets the limits, and installs the filter; it ends
 * when `parent` does. There is no way back. A negative errno; says nothing. */
int confine_give_up(int keep_fd, pid_t parent, const struct confine_limits *limits);
