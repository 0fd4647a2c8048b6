// SPDX-License-Identifier: Apache-2.0
#include "serve/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

#define WIRE_BLOCK      4096
#define WIRE_ANSWER_MAX 99999999

void wire_release(struct wire *wire)
{
    free(wire->bytes);
    wire->bytes = NULL;
}

/* 1 when there is more, 0 at the end. */
static int wire_fill(struct wire *wire)
{
    ssize_t n;

    if (wire->room - wire->used < WIRE_BLOCK) {
        char *grown = realloc(wire->bytes, wire->room + WIRE_BLOCK);

        if (!grown)
            return err_r(ENOMEM, "cannot read a request");
        wire->bytes = grown;
        wire->room += WIRE_BLOCK;
    }
    do {
        n = read(wire->in_fd, wire->bytes + wire->used, wire->room - wire->used);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_r(errno, "cannot read a request");
    wire->used += (size_t)n;
    return n > 0;
}

/* The end of the word that begins at `at`, or 0 when it is not all there yet. */
static size_t wire_word_end(const struct wire *wire, size_t at)
{
    const char *nul = at < wire->used ? memchr(wire->bytes + at, '\0', wire->used - at) : NULL;

    return nul ? (size_t)(nul - wire->bytes) + 1 : 0;
}

/* Bytes of the whole request, 0 when it is not all there yet. */
static int wire_whole(struct wire *wire, size_t *length)
{
    size_t at = wire_word_end(wire, 0);
    char quoted[TEXT_QUOTE_MAX], *end;
    unsigned long n;

    *length = 0;
    if (at == 0)
        return 0;
    n = strtoul(wire->bytes, &end, 10);
    if (*end || n < 3 || n > WIRE_WORDS_MAX)
        return err_say(EPROTO, "a request has 3 to %d words, not '%s'", WIRE_WORDS_MAX,
                       text_quote(wire->bytes, quoted));
    for (wire->n_words = 0; wire->n_words < n; wire->n_words++) {
        size_t next = wire_word_end(wire, at);

        if (next == 0)
            return 0;
        at = next;
    }
    *length = at;
    return 0;
}

static void wire_point(struct wire *wire)
{
    char *at = wire->bytes + strlen(wire->bytes) + 1;

    for (size_t i = 0; i < wire->n_words; i++) {
        wire->words[i] = at;
        at += strlen(at) + 1;
    }
    wire->words[wire->n_words] = NULL;
}

int wire_read(struct wire *wire)
{
    int r;

    wire->used -= wire->taken;
    if (wire->taken)
        memmove(wire->bytes, wire->bytes + wire->taken, wire->used);
    wire->taken = 0;
    for (;;) {
        r = wire_whole(wire, &wire->taken);
        if (r < 0)
            return r;
        if (wire->taken > 0)
            break;
        r = wire_fill(wire);
        if (r <= 0)
            return r;
    }
    wire_point(wire);
    return 1;
}

static int wire_write(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_r(errno, "cannot answer");
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

int wire_answer(struct wire *wire, char code, const char *text, size_t length)
{
    _cleanup_free_ char *bytes = malloc(length + 16);
    size_t used = 9;
    char head[16];

    if (!bytes)
        return err_r(ENOMEM, "cannot answer");
    if (length > WIRE_ANSWER_MAX)
        length = WIRE_ANSWER_MAX;
    for (size_t i = 0; i < length; i++) {
        if (text[i])
            bytes[used++] = text[i];
    }
    snprintf(head, sizeof(head), "%c%8zu", code, used - 9);
    memcpy(bytes, head, 9);
    return wire_write(wire->out_fd, bytes, used);
}
