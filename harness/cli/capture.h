/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `waypost capture`, which is also a program of its own: that one has no labs in it.
 */
#pragma once

#include "field/capture_lab.h"

/* field/capture_lab.h, or whatever else knows labs. */
struct capture_lab_source {
    int (*find)(const char *lab, const char *node, const json_t *flows, struct capture_lab *out);
    void (*release)(struct capture_lab *lab);
};

/* `labs` NULL: there is no --lab. */
int capture_main(int argc, char **argv, const struct capture_lab_source *labs);
