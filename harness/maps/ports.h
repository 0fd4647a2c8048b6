/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The byte order of the ports in a lab's authorization tuples, as a connection has shown it
 * (lab/ports.h): kept for whoever reads or writes tuples of this lab.
 */
#pragma once

#include "maps/layout.h"
#include "place/lab.h"

int map_ports_keep(const struct lab *lab, enum port_order order);
int map_ports_forget(const struct lab *lab);
/* The contract's, where none was kept. */
enum port_order map_ports_order(const struct lab *lab);
