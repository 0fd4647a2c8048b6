/* SPDX-License-Identifier: Apache-2.0 */
/* Many network namespaces taken away at once. */
#pragma once

#include "common/stop.h"

/* Removes every name in /run/netns that begins with the prefix, and returns when the kernel has
 * taken the namespaces apart. */
int net_remove(const char *prefix, const struct stop *stop);
