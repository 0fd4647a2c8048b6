/* SPDX-License-Identifier: Apache-2.0 */
/* Many network namespaces taken away at once. */
#pragma once

#include "common/stop.h"
#include "net/gone.h"

/* Removes every name in /run/netns that begins with the prefix, and returns when the kernel has
 * begun to take the namespaces apart; the caller waits for it with *out, and frees that. */
int net_remove(const char *prefix, const struct stop *stop, struct net_gone **out);
