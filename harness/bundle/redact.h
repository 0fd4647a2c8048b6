/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other addresses for a cluster's own, one to one: IPv4 becomes 198.18.0.0/15 (the range for
 * benchmarks: 131,000 of them, where the documentation prefixes have 768), IPv6 2001:db8::/32. The
 * loopback, "none" and the manage commands' addresses mean something and stay. Ports stay. Texts of
 * policies become others, too (bundle/redact_policy.h). The networks of km_nodeinfo hold the same
 * addresses as before (bundle/redact_networks.h).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "bundle/bundle.h"
#include "common/address.h"

struct redact;

int redact_new(struct redact **out);
void redact_free(struct redact **redact);
/* The networks of a km_nodeinfo, before any address is redacted. -E2BIG with a sentence when they
 * are too many. */
int redact_networks(struct redact *redact, const struct bundle_map *map);
/* The other address. -E2BIG with a sentence when there are more than the prefix has. */
int redact_address(struct redact *redact, const struct address *address, struct address *out);
/*
 * Another text for the first `size` bytes' text, of the size: "redacted-N", the same one for the
 * same text. An empty one stays. `out` is zero.
 */
int redact_word(struct redact *redact, const char *text, size_t size, char *out);
/* Every address in a map, in place; afterwards the map is sorted again. *known is false for a map
 * of unknown layout, or of which nothing says what its bytes are: nobody can say where addresses
 * are in it. */
int redact_map(struct redact *redact, struct bundle_map *map, bool *known);
/* Every string that is an address, or ADDRESS:PORT, below `j`; values and not keys. */
int redact_json(struct redact *redact, json_t *j);
