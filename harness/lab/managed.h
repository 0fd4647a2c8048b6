/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a pod is managed, read from where the programs keep it: km_manage.
 */
#pragma once

#include "place/lab.h"

struct managed {
    bool cookie; /* of its network namespace */
    bool v4, v6; /* its addresses */
};

/* Of a pod that has no address of a family, that one is false. */
int managed_read(const struct lab *lab, const struct topology_pod *pod, struct managed *out);
