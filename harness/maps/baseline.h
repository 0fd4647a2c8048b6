/* SPDX-License-Identifier: Apache-2.0 */
/* The contents of the maps that `reset` goes back to. */
#pragma once

#include "place/lab.h"

/*
 * Saves the maps' contents below STATE/LAB/baseline/ as what `reset` goes back to; and goes back:
 * keys that were not there are deleted, the others rewritten. What is looked at is
 *   - the programs' global variables;
 *   - hash maps that programs write themselves (every hash of at most 100,000 entries but the
 *     configuration and the policies): read and compared;
 *   - any other map, those of policies among them: only the keys that map_set(), map_delete() and
 *     maps_set_policies() touched, which keep a journal.
 *     Changes by another tool (bpftool) to these maps are not seen. Walking a hash of a million
 *     entries takes longer than all the rest, empty or not.
 */
int maps_save_baseline(const struct lab *lab);
int maps_restore_baseline(const struct lab *lab);
