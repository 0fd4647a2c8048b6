/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `waypost capture`, which is also a program of its own: that one has no labs in it.
 */
#pragma once

#include <jansson.h>

#include "cli/cli.h"
#include "field/capture.h"

/* What a lab adds to a capture; everything is owned. */
struct capture_lab {
    char *pins, *topology, *netns;
    json_t *pods;
};

/* Finds it for the lab and the node (NULL: that of the first flow's client, or the first one).
 * -errno after a sentence. */
typedef int (*capture_lab_fn)(const char *lab, const char *node, const json_t *flows,
                              struct capture_lab *out);

/* `of_lab` NULL: there is no --lab. */
int capture_main(int argc, char **argv, capture_lab_fn of_lab);
