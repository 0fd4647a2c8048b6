/* SPDX-License-Identifier: Apache-2.0 */
/* The statistics at the end of a verifier's log (log level 4). */
#pragma once

#include "objects/files.h"

/* What the log says; the rest of *out stays as it is. */
void program_facts_read(const char *log, struct program_facts *out);
