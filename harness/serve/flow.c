// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "serve/words.h"

/* For a flow that waits for what probably will not come. */
#define FLOW_SHORT_MS "500"

static void flow_forget(struct session *s)
{
    json_decref(s->observation);
    s->observation = NULL;
}

static int flow_need(struct session *s, char *const *words)
{
    return need_connect(s, need_family(words, s->family));
}

/* Where nobody can write a TLV nobody is to wait for one; and where a flow of this file has waited
 * to its end for what never came, the next ones wait for less. */
static bool flow_is_short(struct session *s, char *const *words)
{
    if (need_has(words, "--deadline"))
        return false;
    return s->waited || need_absent(s, "sockops_prog") || need_absent(s, "sendmsg_prog");
}

static const char *flow_socket(char *const *words)
{
    for (; *words; words++) {
        if (strcmp(*words, "--socket") == 0)
            return words[1];
    }
    return NULL;
}

/* Client and destinations of the last flow, for the bundle of a failure; of a named socket all that
 * it has connected to. */
static int flow_remember(struct session *s, char *const *words)
{
    const char *asked = session_seen(s, "asked"), *socket = flow_socket(words), *before = NULL;
    char *connects;
    int r;

    if (!*asked)
        return 0; /* a kept socket went on */
    if (socket)
        before = json_string_value(json_object_get(s->sockets, socket));
    r = text_format(&connects, "%s%s%s", before ? before : "", before ? "," : "", asked);
    if (r < 0)
        return r;
    free(s->connects);
    s->connects = connects;
    free(s->client);
    s->client = strdup(words[0]);
    if (socket)
        json_object_set_new_nocheck(s->sockets, socket, json_string_nocheck(connects));
    return 0;
}

static int flow_run(struct session *s, char *const *words)
{
    struct call call = {.n = 0};
    int r;

    flow_forget(s);
    r = flow_need(s, words);
    if (r < 0)
        return r;
    call_add(&call, "flow");
    call_add(&call, s->lab);
    call_add_all(&call, words);
    if (flow_is_short(s, words)) {
        call_add(&call, "--deadline");
        call_add(&call, FLOW_SHORT_MS);
    }
    call_add(&call, "--vars");
    r = session_must(s, &call);
    if (r < 0)
        return r;
    s->observation = session_vars(s->output);
    if (!need_has(words, "--deadline") && strcmp(session_seen(s, "client_deadline"), "true") == 0)
        s->waited = true;
    return flow_remember(s, words);
}

/* flow POD TARGET:PORT [OPTION…] */
int word_flow(struct session *s, char *const *words)
{
    return flow_run(s, words);
}

static void flow_add(char **words, size_t *n, const char *word)
{
    if (*n < CALL_MAX)
        words[(*n)++] = (char *)word;
}

/* POD TARGET --socket NAME [OPTION…] [--end keep] */
static int flow_on_socket(struct session *s, const char *name, const char *pod, const char *target,
                          char *const *options, bool keep)
{
    char *words[CALL_MAX + 1] = {(char *)pod, (char *)target};
    size_t n = 2;

    for (; *options; options++)
        flow_add(words, &n, *options);
    flow_add(words, &n, "--socket");
    flow_add(words, &n, name);
    if (keep) {
        flow_add(words, &n, "--end");
        flow_add(words, &n, "keep");
    }
    return flow_run(s, words);
}

/* keep NAME POD TARGET:PORT [OPTION…] */
int word_keep(struct session *s, char *const *words)
{
    s->changed = true;
    return flow_on_socket(s, words[0], words[1], words[2], words + 3, true);
}

/* go_on NAME POD [OPTION…] */
int word_go_on(struct session *s, char *const *words)
{
    return flow_on_socket(s, words[0], words[1], "-", words + 2, false);
}

/* connect_many N POD TARGET:PORT: what the programs report of them fills the ring buffers. */
int word_connect_many(struct session *s, char *const *words)
{
    _cleanup_free_ char *deadline = NULL;
    int r = text_format(&deadline, "%ld", 5000 + 30 * strtol(words[0], NULL, 10));
    char *flow[] = {words[1], words[2],     "--repeat", words[0], "--bytes",
                    "0",      "--deadline", deadline,   NULL};

    if (r < 0)
        return r;
    s->changed = true;
    r = flow_run(s, flow);
    return r < 0 ? r : word_expect_connected(s, words);
}

/* taken POD CLIENT:PORT [OPTION…] */
int word_taken(struct session *s, char *const *words)
{
    struct call call = {.n = 0};
    int r;

    flow_forget(s);
    call_add(&call, "taken");
    call_add(&call, s->lab);
    call_add_all(&call, words);
    call_add(&call, "--vars");
    r = session_must(s, &call);
    if (r < 0)
        return r;
    s->observation = session_vars(s->output);
    return 0;
}

/* observed FIELD…: of the last flow, separated by blanks. */
int word_observed(struct session *s, char *const *fields)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return -ENOMEM;
    for (const char *gap = ""; *fields; fields++, gap = " ")
        fprintf(out, "%s%s", gap, session_seen(s, *fields));
    fclose(out);
    return session_say(s, text);
}

/* pretend FIELD VALUE: for the tests of the words. */
int word_pretend(struct session *s, char *const *words)
{
    return json_object_set_new_nocheck(s->observation, words[0], json_string_nocheck(words[1]));
}
