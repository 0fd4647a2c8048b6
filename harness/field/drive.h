/* SPDX-License-Identifier: Apache-2.0 */
/* Driving a flow through a bundle's lab, and judging every connect of it. */
#pragma once

#include "field/judge.h"
#include "field/bundle_lab.h"

struct drive_step {
    struct address_port asked;
    struct prediction prediction;
    struct judgement judgement;
    json_t *observation;
};

struct driven {
    struct drive_step steps[REACHABLE_CONNECTS_MAX];
    size_t n;
    size_t parted; /* the first step that parts; n: none */
};

/* Makes the flow's connects, one socket for all of them, next to what `cluster` predicts. An error
 * is one of the lab, not of the flow. The caller releases *out, also after an error. */
int drive(struct bundle_lab *lab, const struct cluster *cluster, const struct reachable_flow *flow,
          struct driven *out);
void driven_release(struct driven *driven);
json_t *driven_json(const struct driven *driven, const char *from);
void driven_print(FILE *out, const struct driven *driven, const char *from);
