/* SPDX-License-Identifier: Apache-2.0 */
/* What a lab adds to a capture of it. */
#pragma once

#include <jansson.h>

/* As struct capture_plan has them; everything is owned. */
struct capture_lab {
    char *pins, *topology, *netns;
    json_t *pods;
};

/* Of the lab's node (NULL: that of the first flow's client, or the first one). -errno after a
 * sentence; the caller releases *out, which is all zero before, also then. */
int capture_lab_find(const char *name, const char *node_name, const json_t *flows,
                     struct capture_lab *out);
void capture_lab_release(struct capture_lab *lab);
