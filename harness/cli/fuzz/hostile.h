/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile inputs, the same ones whenever they are made: the number of one is all that it depends
 * on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/memory_files.h"

struct hostile_bytes {
    uint8_t *bytes;
    size_t size;
};

struct hostile_random {
    uint64_t state;
};

struct hostile_random hostile_random(const char *kind, uint64_t number);
/* 0 to n - 1. */
uint64_t hostile_below(struct hostile_random *random, uint64_t n);

/* The file's; a file that cannot be read ends the process. */
struct hostile_bytes hostile_read(const char *path);
void hostile_write(const char *path, const void *bytes, size_t size);
void hostile_free(struct hostile_bytes *bytes);

enum hostile_form {
    HOSTILE_BYTES, /* anything may change */
    HOSTILE_FIXED, /* mostly nothing moves: a format of offsets and sizes */
    HOSTILE_JSON,  /* mostly it stays JSON */
};

/* Changes it in a few places: bits, numbers, pieces that go, come twice or come from elsewhere. */
void hostile_mutate(struct hostile_bytes *bytes, enum hostile_form form,
                    struct hostile_random *random);
/* Members of JSON that go, that come often or that are something else; false: it is none. */
bool hostile_mutate_json(struct hostile_bytes *bytes, struct hostile_random *random);

/*
 * Makes a bundle, as a directory or an archive, at `path`, where nothing is. Some are mutated as
 * archives; some have mutated files with the right sizes and digests, or a mutated manifest; some
 * have names, types and numbers of files that no bundle has. Number 0 is whole.
 */
void hostile_bundle(const char *path, uint64_t number);
