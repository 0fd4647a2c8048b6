// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fuzz/hostile.h"
#include "common/cleanup.h"

#define MUTATE_SIZE_MAX (4u << 20)

/* What a reader of JSON, of names or of formats could stumble over. */
static const char *const mutate_words[] = {
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "\"\\u0000\"",
    "\"\\u001b[2J\"",
    "\033]0;x\a",
    "\xc2\x9b",
    "\xff",
    "-1",
    "1e400",
    "18446744073709551616",
    "4294967295",
    "null",
    "\"\"",
    "true",
    "../../etc/passwd",
    "%s%n",
    ",",
    "}",
    "]",
};

static const uint32_t mutate_numbers[] = {0,      1,          0x7f,        0xff,       0x7fff,
                                          0xffff, 0x7fffffff, 0x80000000u, 0xffffffffu};

/* splitmix64 */
static uint64_t random_next(struct hostile_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

struct hostile_random hostile_random(const char *kind, uint64_t number)
{
    struct hostile_random random = {.state = number << 32};

    for (; *kind; kind++)
        random.state = random.state * 131 + (unsigned char)*kind;
    (void)random_next(&random);
    return random;
}

uint64_t hostile_below(struct hostile_random *random, uint64_t n)
{
    return random_next(random) % n;
}

static _Noreturn void hostile_cannot(const char *what, const char *path)
{
    perror(path);
    fprintf(stderr, "hostile: cannot %s\n", what);
    exit(2);
}

struct hostile_bytes hostile_read(const char *path)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    struct hostile_bytes out = {.bytes = malloc(MUTATE_SIZE_MAX)};

    if (!file || !out.bytes)
        hostile_cannot("read it", path);
    out.size = fread(out.bytes, 1, MUTATE_SIZE_MAX, file);
    return out;
}

void hostile_write(const char *path, const void *bytes, size_t size)
{
    _cleanup_fclose_ FILE *file = fopen(path, "we");

    if (!file || fwrite(bytes, 1, size, file) != size)
        hostile_cannot("write it", path);
}

void hostile_free(struct hostile_bytes *bytes)
{
    free(bytes->bytes);
    *bytes = (struct hostile_bytes){};
}

/* ---- mutations ---- */

/* `n` bytes in place of `old` ones at `at`. */
static void mutate_replace(struct hostile_bytes *b, size_t at, size_t old, const void *bytes,
                           size_t n)
{
    size_t size = b->size - old + n;
    uint8_t *out = size <= MUTATE_SIZE_MAX ? malloc(size + 1) : NULL;

    if (!out)
        return;
    memcpy(out, b->bytes, at);
    memcpy(out + at, bytes, n);
    memcpy(out + at + n, b->bytes + at + old, b->size - at - old);
    free(b->bytes);
    *b = (struct hostile_bytes){out, size};
}

static void mutate_number(struct hostile_bytes *b, size_t at, struct hostile_random *random)
{
    uint32_t number = mutate_numbers[hostile_below(random, ARRAY_SIZE(mutate_numbers))];
    size_t size = (size_t)1 << hostile_below(random, 3);

    at -= at % size; /* fields are aligned */
    memcpy(b->bytes + at, &number, size < b->size - at ? size : b->size - at);
}

static void mutate_repeat(struct hostile_bytes *b, size_t at, size_t length,
                          struct hostile_random *random)
{
    size_t times = (size_t)1 << hostile_below(random, 12);
    uint8_t *copies = length * times <= MUTATE_SIZE_MAX ? malloc(length * times) : NULL;

    for (size_t i = 0; copies && i < times; i++)
        memcpy(copies + i * length, b->bytes + at, length);
    if (copies)
        mutate_replace(b, at, length, copies, length * times);
    free(copies);
}

static void mutate_word(struct hostile_bytes *b, size_t at, struct hostile_random *random)
{
    const char *word = mutate_words[hostile_below(random, ARRAY_SIZE(mutate_words))];

    mutate_replace(b, at, 0, word, strlen(word));
}

/* A number in a text becomes another one. */
static void mutate_digits(struct hostile_bytes *b, size_t at, struct hostile_random *random)
{
    static const char *const numbers[] = {"0",  "-1", "65536", "4294967296", "9223372036854775807",
                                          "1e9"};
    const char *number = numbers[hostile_below(random, ARRAY_SIZE(numbers))];
    size_t end;

    while (at < b->size && (b->bytes[at] < '0' || b->bytes[at] > '9'))
        at++;
    for (end = at; end < b->size && b->bytes[end] >= '0' && b->bytes[end] <= '9';)
        end++;
    mutate_replace(b, at, end - at, number, strlen(number));
}

/* Nothing moves. */
static void mutate_in_place(struct hostile_bytes *b, size_t at, struct hostile_random *random)
{
    size_t length = 1 + hostile_below(random, b->size - at < 64 ? b->size - at : 64);

    switch (hostile_below(random, 5)) {
    case 0:
        b->bytes[at] ^= (uint8_t)(1 << hostile_below(random, 8));
        return;
    case 1:
        b->bytes[at] = (uint8_t)hostile_below(random, 256);
        return;
    case 2:
        /* A copy of another place. */
        memmove(b->bytes + at, b->bytes + hostile_below(random, b->size - length + 1), length);
        return;
    default:
        mutate_number(b, at, random);
    }
}

static void mutate_moving(struct hostile_bytes *b, size_t at, struct hostile_random *random)
{
    size_t length = 1 + hostile_below(random, b->size - at < 64 ? b->size - at : 64);

    switch (hostile_below(random, 5)) {
    case 0:
        mutate_replace(b, at, length, "", 0);
        return;
    case 1:
        mutate_repeat(b, at, length, random);
        return;
    case 2:
        mutate_digits(b, at, random);
        return;
    case 3:
        b->size = at;
        return;
    default:
        mutate_word(b, at, random);
    }
}

void hostile_mutate(struct hostile_bytes *b, enum hostile_form form, struct hostile_random *random)
{
    size_t times = 1 + hostile_below(random, 4);
    bool keeps = form != HOSTILE_BYTES && hostile_below(random, 8) > 0;

    if (keeps && form == HOSTILE_JSON && hostile_mutate_json(b, random))
        return;
    for (size_t i = 0; i < times && b->size > 0; i++) {
        size_t at = hostile_below(random, b->size);

        if (keeps || hostile_below(random, 2) == 0)
            mutate_in_place(b, at, random);
        else
            mutate_moving(b, at, random);
    }
}
