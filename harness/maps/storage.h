/* SPDX-License-Identifier: Apache-2.0 */
/* Storage of sockets: the key is a descriptor of whoever asks. */
#pragma once

#include <jansson.h>

#include "place/lab.h"

/*
 * The entry that a map of sockets' storage (km_sockstorage) has for the socket behind `fd`. -ENOKEY
 * when it has none (said by nobody). Setting makes one where there is none, with zeroes in the
 * fields that `value` leaves out; the fields of time are in ns of CLOCK_MONOTONIC.
 */
int map_get_of_socket(const struct lab *lab, const struct topology_node *node, const char *name,
                      int fd, json_t **value);
int map_set_of_socket(const struct lab *lab, const struct topology_node *node, const char *name,
                      int fd, const json_t *value);
/* Changes "NAME_ago_ms", a time as so many ms ago, to "NAME_ns", in place. -EINVAL with a sentence
 * for what is no such time, and where both are there. */
int map_times_ago(json_t *value);
