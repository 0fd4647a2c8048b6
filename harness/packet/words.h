/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a description, each by itself; what they mean together is read.c's. */
#pragma once

#include "packet/packet.h"

struct reader {
    const char *where;
    const struct packet_scene *scene;
    struct packet *packet;
    const char *word; /* that is being read */
    const char *from, *to;
    const char *extension; /* the first word that is only for IPv6 */
    const char *flag;      /* the first word that is only for TCP */
    bool has_kind;
};

/* What a packet has to be for a number. */
enum packet_needs { NEEDS_NOTHING, NEEDS_IP, NEEDS_V4, NEEDS_CHECKSUM, NEEDS_ICMP };

struct number_word {
    const char *name;
    int64_t min, max;
    enum packet_needs needs;
};

extern const struct number_word number_words[PACKET_NUMBERS];

/* -EINVAL, with a sentence about the word that is being read. */
int words_refuse(const struct reader *reader, const char *problem);
/* `value` is the number of that word, or stands in it. */
int words_number(const struct reader *reader, const char *value, int64_t min, int64_t max,
                 int64_t *out);
/* Every word by itself; the reader borrows from the text, which is cut into words. */
int words_read(struct reader *reader, char *text);
