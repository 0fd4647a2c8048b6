/* SPDX-License-Identifier: Apache-2.0 */
/* A policy that stands in maps, read through its references, as JSON. */
#pragma once

#include <jansson.h>

#include "maps/layout.h"

/* Where its parts are. */
struct policy_source {
    /* One cell, of the type's size; -ENOENT when it is not there, says nothing. */
    int (*read)(void *data, enum km_cells type, uint32_t index, void *cell);
    void *data;
};

/*
 * {"id", "name", "namespace", "scope", "action", "rules": [{"at", "clauses": [{"at", "matches":
 * [{"at", "source_ips": ["10.0.0.0/8", …], …}]}]}]}. "at" is the cell that holds the part. A match
 * has the lists that are not empty, in the texts of a topology (topology/policy.h).
 *
 * What cannot be read through stands there as {"at", "fault"}. A list whose count is more than its
 * array holds has a "COUNT_count" beside it. The bytes are a stranger's: no more than
 * POLICY_SHOW_PARTS parts are read.
 */
#define POLICY_SHOW_PARTS 20000
json_t *policy_show(const struct policy_source *source, uint32_t id,
                    const struct km_authorization *value);
