/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The byte order of the ports in a lab's authorization tuples, as a connection has shown it
 * (lab/ports.h): kept for whoever reads or writes tuples of this lab.
 */
#pragma once

#include <stdbool.h>

#include "place/lab.h"

/* Keeps that it is the network's order; without `network` that it is the contract's. */
int map_ports_keep(const struct lab *lab, bool network);
int map_ports_forget(const struct lab *lab);
/* True where a connection has shown the network's order. */
bool map_ports_are_network(const struct lab *lab);
