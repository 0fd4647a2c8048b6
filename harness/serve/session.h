/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the words know of the test that is under way, and the means by which they answer.
 *
 * A word returns 0 when it passed. What ends a test (a difference, a failure, a skip) is said once,
 * by the function that finds it, and is a negative number from there on.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/address.h"

enum verdict {
    VERDICT_PASSED = '0',
    VERDICT_FAILED = '1',  /* the text is the whole report */
    VERDICT_SKIPPED = '2', /* the text is the reason */
    VERDICT_OUTPUT = '3',  /* passed; the text is what the word was asked for */
    VERDICT_STATUS = '4',  /* as 3, with an exit code of 3 characters in front */
};

struct session {
    int (*verb)(int argc, char **argv); /* serve_verb_fn */
    enum family family;                 /* $WAYPOST_FAMILY */
    const char *lab;                    /* of this request, "" for none; borrowed */

    /* The answer. */
    enum verdict verdict;
    char *text; /* of the verdict */

    /* Of the file. */
    bool changed; /* the lab is not as its topology has it */
    bool waited;  /* a flow has waited to its end for what never came */
    json_t *absent;
    char *absent_lab; /* whose that is */
    json_t *programs; /* the ids of a lab's programs, before it went down */

    /* Of the test. */
    char *test;
    int64_t began_ns;    /* CLOCK_MONOTONIC */
    json_t *steps;       /* strings: what it did */
    json_t *observation; /* what the last flow saw: strings by the names of `waypost flow --vars` */
    char *client;        /* of that flow, NULL when there was none */
    char *connects;      /* what its socket has connected to: "ADDRESS:PORT,…" */
    json_t *sockets;     /* the same of every named socket */
    json_t *records;     /* objects of strings: what `records` read */
    json_t *record;      /* the one that was chosen, or what `storage` read; borrowed or NULL */
    json_t *storage;
    json_t *log;         /* errors and warnings of the programs that it has not asked for yet */
    json_t *log_allowed; /* texts of those that may come */
    int status;          /* exit code of the last command in a pod */
    char *output;        /* what the last verb or command printed, without newlines at its end */
};

void session_release(struct session *s);
/* Forgets what belongs to a test when another one asks. */
int session_begin(struct session *s, const char *test, const char *lab);

/* -- Verdicts ------------------------------------------------------------------------------------
 */

/* Ends the test with a reason; `did:` and `saw:` lines are added. */
int session_fail(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with both values; 0 when they are equal. */
int session_equal(struct session *s, const char *what, const char *expected, const char *actual);
int session_differ(struct session *s, const char *what, const char *expected, const char *actual);
int session_skip(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Passed, with a text for the test. */
int session_say(struct session *s, const char *text);
/* The `did:` and `saw:` lines. */
void session_print(const struct session *s, FILE *out);

/* -- Verbs ---------------------------------------------------------------------------------------
 */

#define CALL_MAX 300

/* A command line of `waypost`, without its first word. */
struct call {
    const char *words[CALL_MAX + 1];
    size_t n;
};

void call_add(struct call *call, const char *word);
void call_add_all(struct call *call, char *const *words);

/* Notes it as a step of the test. */
void session_step(struct session *s, const char *prefix, char *const *words);
/* Runs it; the exit code. What it printed is in s->output, unless `quiet` without what it said on
 * stderr. */
int session_call(struct session *s, struct call *call, bool quiet);
/* Notes it as a step and runs it; it has to succeed. */
int session_must(struct session *s, struct call *call);
/* Ends the test: the verb did not do what it had to, or could not decide because of the machine. */
int session_refuse(struct session *s, const char *verb, int code);
/* s->output as JSON; the caller owns *out. */
int session_json(struct session *s, json_t **out);
/* s->output of NAME=VALUE lines as an object of strings. */
json_t *session_vars(const char *text);

/* A field of the last flow, "" where there is none. */
const char *session_seen(const struct session *s, const char *field);
