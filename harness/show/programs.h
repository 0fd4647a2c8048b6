/* SPDX-License-Identifier: Apache-2.0 */
/* Objects held against the contract, as tables for people. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* The report of programs_interface() (lab/programs.h). `mixed`: with what came from elsewhere. */
void programs_print(FILE *out, const json_t *report, bool mixed);
