/* SPDX-License-Identifier: Apache-2.0 */
/* One pinned map as an entry of a bundle. */
#pragma once

#include <stdbool.h>

#include "bundle/bundle.h"

/* With contents where capture.h says so. *is_map is false for a pin that is no map. */
int capture_map_open(const char *dir, const char *name, struct bundle_map *out, bool *is_map);
