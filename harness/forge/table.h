/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of packets, and what is expected to become of each. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "packet/packet.h"

#define TABLE_ANSWER_MAX 64
#define TABLE_TEXT_MAX   (16LL << 20) /* bytes that are read from stdin */

/* Who says what becomes of a packet. */
struct table_judge {
    const char *called; /* "verdict": what an answer is called in messages and in JSON */
    struct packet_scene scene;
    void *data;
    /* Calls `fn` where judge() can be called. */
    int (*inside)(void *data, int (*fn)(void *data), void *fn_data);
    /* The answer, and more about it in `j` unless that is NULL. Negative with a sentence that
     * begins with `where`. */
    int (*judge)(void *data, const char *where, const struct packet *packet,
                 const struct packet_bytes *bytes, char answer[TABLE_ANSWER_MAX], json_t *j);
};

/*
 * Asks about every line of the text, `PACKET` or `PACKET -> ANSWER`; empty lines and those that
 * begin with # are passed by. Everything is read before anything is asked. To `out` goes a line for
 * each, `PACKET -> ANSWER` as it is, or with `json` {"packet", CALLED, "expected"?, "before", …}
 * with the packet's bytes in hexadecimal. *differ is how many have another answer than the expected
 * one; then a sentence names the first. -EINVAL with one that begins with "line N: " for a line
 * that is no packet, or what judge() returned.
 */
int table_run(const struct table_judge *judge, const char *text, bool json, FILE *out,
              size_t *differ);
/* The text of a table: n lines, each of them perhaps several; none: what stdin has. The caller
 * frees *out. -EFBIG and the like with a sentence. */
int table_text(const char *const *lines, size_t n, char **out);
/* Bytes in hexadecimal; NULL without memory. */
json_t *table_hex(const struct packet_bytes *packet);
