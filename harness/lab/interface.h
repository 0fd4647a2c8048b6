/* SPDX-License-Identifier: Apache-2.0 */
/* What a directory's objects are next to the contract, as JSON: `waypost programs`. */
#pragma once

#include <jansson.h>

#include "lab/programs.h"

/*
 * Reads the objects, compares them, loads them without attaching anything, and lets go of them.
 *
 *   {"kernel": RELEASE, "objects": DIR,
 *    "programs": [{"name", "file", "from", "section", "attached", "loads", "instructions",
 *                  "verified_instructions", "states", "peak_states", "stack", "time_us"}…],
 *    "maps": [{"name", "called", "file", "type", "key", "value", "entries", "layout",
 *              "contract": {"type", "key", "value", "entries"}}…],
 *    "ports": "host" | "network" | "unknown",
 *    "refused": [{"name", "file", "error", "log"?}…],
 *    "differences": [{"kind", "name", "text", "fatal"}…],
 *    "passed": [{"file", "why"}…]}
 *
 * "ports" is the byte order in authorization tuples, which a connection has shown
 * (lab/ports.h). null is what is not there or was not found out: `file` of a missing
 * program or map, `contract` of a map that the contract does not know, everything of the verifier
 * where nothing was loaded. With a fatal difference nothing is loaded. *loaded is 0, or the error
 * of loading, which was said; the return value is that of reading. The caller owns *out.
 */
int programs_interface(const struct programs_source *source, json_t **out, int *loaded);
