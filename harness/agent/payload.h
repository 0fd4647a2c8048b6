/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads that both ends can make: a byte depends on the client's port, the direction and its
 * offset, and on nothing else. A reader can therefore name the first byte that is wrong, and
 * neither end holds more than the piece it is working on.
 *
 * No byte of a payload is ever 0x01 (each has bit 1 set): payload is never taken for the beginning
 * of a TLV, and a TLV in the middle of a payload is wrong from its very first byte.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum payload_direction { PAYLOAD_FROM_CLIENT, PAYLOAD_FROM_LISTENER };

/* The seed of one direction of a connection; the port in host byte order. */
uint64_t payload_seed(uint16_t client_port, enum payload_direction direction);
/* The bytes [offset, offset + length) of the payload of that seed. */
void payload_fill(uint64_t seed, uint64_t offset, uint8_t *out, size_t length);

/* Follows a payload and finds its first wrong byte. */
struct payload_check {
    uint64_t seed;
    uint64_t bytes;   /* read so far */
    int64_t wrong_at; /* offset of the first wrong byte, -1 while there is none */
};

void payload_check_init(struct payload_check *check, uint64_t seed);
void payload_check_feed(struct payload_check *check, const uint8_t *bytes, size_t length);

/* XXH3 over 64 bits of everything fed, and how much that was. */
struct digest {
    struct XXH3_state_s *state;
    uint64_t bytes;
};

#define DIGEST_TEXT_MAX 24

/* -ENOMEM, which it says. */
int digest_init(struct digest *digest);
void digest_feed(struct digest *digest, const void *bytes, size_t length);
/* "xxh3:" and 16 hexadecimal digits. The digest can be fed on. */
const char *digest_text(const struct digest *digest, char out[DIGEST_TEXT_MAX]);
void digest_free(struct digest *digest);
