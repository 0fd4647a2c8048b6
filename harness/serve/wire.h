/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and answers as bytes (serve.h). */
#pragma once

#include <stddef.h>

#define WIRE_WORDS_MAX 256

struct wire {
    int in_fd, out_fd;
    char *bytes; /* the request; room for `room`, of which `used` are filled */
    size_t used, room;
    size_t taken; /* bytes of the request that was read last */
    char *words[WIRE_WORDS_MAX + 1];
    size_t n_words;
};

void wire_release(struct wire *wire);
/* The next request: wire->words, NULL-terminated, valid until the next call. 1; 0 when there are no
 * more; -EPROTO with a sentence for what is no request. */
int wire_read(struct wire *wire);
/* NULs in the text are left out: no shell could take them. */
int wire_answer(struct wire *wire, char code, const char *text, size_t length);
