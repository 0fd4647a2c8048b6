/* SPDX-License-Identifier: Apache-2.0 */
/* The XDP programs of a namespace. */
#pragma once

#include <jansson.h>

/* Adds {"interface", "program": id} for each one in the calling thread's namespace. */
int capture_xdp(json_t *out);
