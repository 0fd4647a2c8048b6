/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of `waypost show`: a lab as JSON, and that JSON as tables for people.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "place/lab.h"

/* All that a lab consists of, as it is in the kernel now. The caller owns *out. */
int show_lab_json(const struct lab *lab, json_t **out);
void show_lab_text(FILE *out, const json_t *lab);
