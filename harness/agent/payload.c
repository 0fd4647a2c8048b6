// SPDX-License-Identifier: Apache-2.0
#include "agent/payload.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "common/log.h"

#define PAYLOAD_WORD  8
#define PAYLOAD_PIECE 4096 /* what is compared at a time; stays in the first-level cache */
#define PAYLOAD_BIT_1 0x0202020202020202ULL
#define PAYLOAD_STEP  0x9e3779b97f4a7c15ULL /* 2^64 divided by the golden ratio, odd */

uint64_t payload_seed(uint16_t client_port, enum payload_direction direction)
{
    return (uint64_t)client_port << 32 | (uint64_t)direction << 16 | 0x5a5a;
}

/* A bijective mixer (Stafford's variant 13, as in splitmix64) of seed and index: any word can be
 * made without the ones before it. */
static uint64_t payload_word(uint64_t seed, uint64_t index)
{
    uint64_t z = (seed * PAYLOAD_STEP) ^ ((index + 1) * PAYLOAD_STEP);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return htole64((z ^ (z >> 31)) | PAYLOAD_BIT_1);
}

/* The part of one word that stands in [offset, offset + length). */
static size_t payload_fill_part(uint64_t seed, uint64_t offset, uint8_t *out, size_t length)
{
    uint64_t word = payload_word(seed, offset / PAYLOAD_WORD);
    size_t skip = offset % PAYLOAD_WORD;
    size_t part = PAYLOAD_WORD - skip < length ? PAYLOAD_WORD - skip : length;

    memcpy(out, (const uint8_t *)&word + skip, part);
    return part;
}

void payload_fill(uint64_t seed, uint64_t offset, uint8_t *out, size_t length)
{
    size_t done = 0;

    if (length && offset % PAYLOAD_WORD)
        done = payload_fill_part(seed, offset, out, length);
    for (; length - done >= PAYLOAD_WORD; done += PAYLOAD_WORD) {
        uint64_t word = payload_word(seed, (offset + done) / PAYLOAD_WORD);

        memcpy(out + done, &word, PAYLOAD_WORD);
    }
    if (done < length)
        payload_fill_part(seed, offset + done, out + done, length - done);
}

void payload_check_init(struct payload_check *check, uint64_t seed)
{
    *check = (struct payload_check){.seed = seed, .wrong_at = -1};
}

static void payload_check_piece(struct payload_check *check, const uint8_t *bytes, size_t length)
{
    uint8_t expected[PAYLOAD_PIECE];

    payload_fill(check->seed, check->bytes, expected, length);
    if (memcmp(bytes, expected, length) == 0)
        return;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != expected[i]) {
            check->wrong_at = (int64_t)(check->bytes + i);
            return;
        }
    }
}

void payload_check_feed(struct payload_check *check, const uint8_t *bytes, size_t length)
{
    while (length) {
        size_t piece = length < PAYLOAD_PIECE ? length : PAYLOAD_PIECE;

        if (check->wrong_at < 0)
            payload_check_piece(check, bytes, piece);
        check->bytes += piece;
        bytes += piece;
        length -= piece;
    }
}

int digest_init(struct digest *digest)
{
    XXH3_state_t *state = XXH3_createState();

    if (!state)
        return err_r(ENOMEM, "cannot make a digest");
    XXH3_64bits_reset(state);
    *digest = (struct digest){.state = state};
    return 0;
}

void digest_feed(struct digest *digest, const void *bytes, size_t length)
{
    XXH3_64bits_update(digest->state, bytes, length);
    digest->bytes += length;
}

const char *digest_text(const struct digest *digest, char out[DIGEST_TEXT_MAX])
{
    uint64_t value = digest->state ? XXH3_64bits_digest(digest->state) : XXH3_64bits("", 0);

    snprintf(out, DIGEST_TEXT_MAX, "xxh3:%016" PRIx64, value);
    return out;
}

void digest_free(struct digest *digest)
{
    XXH3_freeState(digest->state);
    *digest = (struct digest){};
}
