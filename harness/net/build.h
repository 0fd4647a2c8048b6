/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the network of a lab, from inside its namespaces. The calling thread is moved about: it
 * should be one made for the purpose (net_ns_call()).
 */
#pragma once

#include "place/lab.h"

/* Names that were bound, so that a failed net_up() takes away what it made and nothing else. */
struct net_made {
    char **names;
    size_t n;
};

int net_build(const struct lab *lab, struct net_made *made);
