/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the network of a lab, from inside its namespaces. The calling thread is moved about: it
 * should be one made for the purpose (net_ns_call()).
 */
#pragma once

#include "common/stop.h"
#include "place/lab.h"

int net_build(const struct lab *lab, const struct stop *stop);
