/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An observation next to a prediction: where the two part. No kernel.
 */
#pragma once

#include <jansson.h>

#include "field/predict.h"

enum parting {
    PART_NONE,
    PART_END,       /* connected elsewhere */
    PART_PORT,      /* the right address, another port */
    PART_NOT_SENT,  /* left as it was asked, where it had to be redirected */
    PART_SENT,      /* redirected, where it had to be left as it was asked */
    PART_NO_TLV,    /* the TLV is missing */
    PART_TLV,       /* a TLV where none belongs */
    PART_WRONG_TLV, /* malformed, doubled, misplaced, or with another destination */
    PART_STREAM,    /* bytes lost, doubled or changed */
    PART_REFUSED,   /* an errno, where a listener waited */
    PART_NEVER,     /* LB-1: an endpoint that never comes up */
};

/* What was seen of one connect. */
struct seen {
    struct address_port end; /* where the programs sent it, unmapped; af AF_UNSPEC: unknown */
    const char *error;       /* the client's errno, or NULL */
    const char *stage;       /* what failed, or NULL */
    const char *tlv;         /* the listener's tlv.status; NULL when no listener had it */
    const char *destination; /* the TLV's, or NULL */
    bool whole;              /* every byte arrived as it was sent, or nobody can tell */
};

struct judgement {
    enum parting parting;
    char text[256]; /* one sentence; "" for PART_NONE */
};

/* Borrows from the observation. */
void seen_read(const json_t *observation, struct seen *out);
/* `listens` says whether the lab has a listener where the client ended. */
void judge(const struct prediction *prediction, const struct address_port *asked,
           const struct seen *seen, bool listens, struct judgement *out);
/* `peers` is the observation's client.peers of many connects: {"ADDRESS:PORT": how many}. */
void judge_many(const struct prediction *prediction, const json_t *peers, struct judgement *out);

/* A line for people: "CN-3: to 10.0.0.1:80 or 10.0.0.2:80, no TLV". */
void prediction_text(const struct prediction *prediction, char *out, size_t size);
void seen_text(const struct seen *seen, char *out, size_t size);
/* "port", "no-tlv", …; "none". */
const char *parting_name(enum parting parting);
/* Where on its way a connection was when it went wrong: "the connect hook". */
const char *parting_place(enum parting parting);
json_t *prediction_json(const struct prediction *prediction);
json_t *seen_json(const struct seen *seen);
