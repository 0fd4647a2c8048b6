/* SPDX-License-Identifier: Apache-2.0 */
/* Records of ring buffers, by a table of fields. They are only ever read. */
#pragma once

#include <jansson.h>

#include "maps/layout.h"

/*
 * A record of a ring buffer as JSON, by the layout's fields; what a program wrote there is checked
 * like anything from outside. A size that is not the layout's, a family that there is not, and a
 * record without a layout (NULL) are {"raw": "hex"}. A text is taken at any size, with '?' for what
 * is not printable. NULL when there is no memory.
 */
json_t *map_record_json(const struct map_layout *layout, enum port_order order, const void *bytes,
                        size_t size);
