/* SPDX-License-Identifier: Apache-2.0 */
/* The tc filters of an interface, in the calling thread's namespace, by rtnetlink. */
#pragma once

#include <stddef.h>

/* How many filters with a handle there are at clsact ingress of the interface. */
int net_filters_count(int index, size_t *out);
