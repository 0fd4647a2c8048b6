/* SPDX-License-Identifier: Apache-2.0 */
/* Which program is at which slot of a prog array, where the map's initialiser does not say it. */
#pragma once

#include <bpf/libbpf.h>

#include "unit/lines.h"

/* After the load: the contract's tail calls, and programs that a tag "tail:MAP/SLOT" puts somewhere
 * (as Cilium's do). Programs and maps that the object does not have are passed over. */
int unit_slots_fill(struct bpf_object *elf, struct strings *why);
