/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The networks of km_nodeinfo among redacted addresses. The other addresses of a family are
 * numbered; a network gets a block of the upper half of the numbers, and what is in it numbers of
 * its block. So a prefix holds the same addresses afterwards, and no others; it has another length
 * where there is less room than it had. A network within another has its block within the other's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "maps/entries.h"

/* How many numbers there are, and from which on they are the networks'. */
#define REDACT_NUMBERS_V4    (1ULL << 17) /* 198.18.0.0/15 */
#define REDACT_NUMBERS_V6    (1ULL << 32)
#define REDACT_NETWORKS_FROM 2 /* the whole divided by it */

/* Whether an address means something, and stays as it is. An IPv4-mapped one is IPv4 by then. */
bool redact_stays(const struct address *address);

struct redact_network {
    struct address address;
    uint32_t bits;
    uint64_t start, size; /* its block: a power of two, and a multiple of that */
    uint64_t used;        /* numbers from the block's beginning that are taken */
    size_t within;        /* those that are directly in it */
    uint64_t given;       /* numbers that these have */
};

struct redact_networks {
    struct redact_network *list; /* by family, length and address */
    size_t n;
    struct redact_network all[2]; /* of IPv4 and IPv6: what is in no other */
    bool lengths[2][8 * 16 + 1];  /* which there are */
};

/*
 * From the entries of km_nodeinfo. What stays as it is has no block: a prefix of no bits, and one
 * of addresses that stay. -E2BIG with a sentence when there are too many, one within another.
 */
int redact_networks_read(const struct map_entries *entries, struct redact_networks *out);
void redact_networks_clear(struct redact_networks *networks);
/* The prefix's own entry; NULL: it has no block. */
const struct redact_network *redact_networks_prefix(const struct redact_networks *networks,
                                                    const uint8_t bytes[16], uint32_t bits);
/* How long the prefix of its block is. */
uint32_t redact_network_bits(const struct redact_network *network);
/* A number for an address that has none yet, from the block of the smallest network that it is in.
 * False when it is in none; that network may be full, which is said as a warning. */
bool redact_networks_take(struct redact_networks *networks, const struct address *address,
                          uint32_t *number);
