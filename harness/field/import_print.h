/* SPDX-License-Identifier: Apache-2.0 */
/* An imported cluster as a topology. */
#pragma once

#include <jansson.h>

#include "field/import_work.h"

/* Prints it all; `made` is [{"i", "name", "addresses"}…] of the services. */
int import_print(struct import_work *work, const json_t *made);
