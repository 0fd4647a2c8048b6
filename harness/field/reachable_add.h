/* SPDX-License-Identifier: Apache-2.0 */
/* The pods and services of a lab that is being planned, each with its addresses and its name. */
#pragma once

#include "field/reachable.h"

/* Where the walk has been: tables may lead in circles. */
#define REACHABLE_VISITS_MAX 512

struct reachable_work {
    const struct bundle *bundle;
    const struct cluster *cluster;
    struct reachable *reachable;
    struct {
        uint32_t service;
        uint16_t port;
    } visits[REACHABLE_VISITS_MAX];
    size_t n_visits;
};

/* The pod of that address, with its other addresses and named by the bundle or `prefix` and a
 * number. NULL for a service's address, one that no pod of a lab can have, and when there is no
 * room. */
struct reachable_pod *reachable_add_pod(struct reachable_work *work, const struct address *address,
                                        const char *prefix);
/* Makes the pod listen there. `pod` may be NULL. */
void reachable_add_port(struct reachable_pod *pod, uint16_t port);
void reachable_add_service(struct reachable_work *work, uint32_t id);
/* A number may be a service's id and a backend's uid (CN-18): whether the address is the backend's.
 */
bool reachable_is_backends(const struct reachable_work *work, uint32_t id,
                           const struct address *address);
