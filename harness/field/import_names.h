/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a lab for names of a cluster, which may be longer and have dots in them. */
#pragma once

#include "topology/topology.h"

struct import_names;

int import_names_new(struct import_names **out);
void import_names_free(struct import_names **names);
/* `prefix` and as much of the text as fits; another one has it: with a number behind it. */
void import_names_make(struct import_names *names, const char *prefix, const char *text,
                       char out[TOPOLOGY_NAME_MAX + 1]);
/* The name is free again. */
void import_names_drop(struct import_names *names, const char *name);
