/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docs/contract.md says of a connect, given the maps: a pure function. Where the contract
 * leaves a choice (an endpoint by chance; a table with holes) there are several outcomes, and every
 * one of them is right.
 */
#pragma once

#include "field/cluster.h"

/* More endpoints than this are not told apart: the prediction is then cut, and says so. */
#define PREDICT_MAX 4096

enum outcome_kind {
    OUTCOME_UNTOUCHED, /* connected to what was asked, no TLV */
    OUTCOME_BACKEND,   /* connected to `to`, no TLV */
    OUTCOME_WAYPOINT,  /* connected to `to`, one TLV with what was asked */
    OUTCOME_REFUSED,   /* an errno, and nothing arrives anywhere */
};

struct outcome {
    enum outcome_kind kind;
    struct address_port to; /* unmapped; of OUTCOME_REFUSED none */
};

struct prediction {
    const char *row; /* the contract's, as "CN-3" */
    struct outcome *outcomes;
    size_t n;
    bool each; /* LB-1: over many connects each of them comes up */
    bool cut;
};

/* Whether the client is in km_manage, by its namespace and by its address. */
struct predict_client {
    bool cookie, address;
};

/* -ENOMEM only. The caller releases *out. */
int predict(const struct cluster *cluster, const struct predict_client *client,
            const struct address_port *asked, struct prediction *out);
void prediction_release(struct prediction *prediction);
/* Whether there is such an outcome. */
bool prediction_has(const struct prediction *prediction, enum outcome_kind kind,
                    const struct address_port *to);
