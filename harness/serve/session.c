// SPDX-License-Identifier: Apache-2.0
#include "serve/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/shortage.h"
#include "common/text.h"

/* The exit code of a verb that could not do what it had to because of the machine. */
#define SESSION_MACHINE 3

static void session_forget(struct session *s)
{
    json_t **const objects[] = {&s->steps,   &s->observation, &s->sockets,    &s->records,
                                &s->storage, &s->log,         &s->log_allowed};
    char **const texts[] = {&s->test, &s->client, &s->connects, &s->output};

    for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
        json_decref(*objects[i]);
        *objects[i] = NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        free(*texts[i]);
        *texts[i] = NULL;
    }
    s->record = NULL;
    s->status = 0;
}

void session_release(struct session *s)
{
    session_forget(s);
    json_decref(s->absent);
    json_decref(s->programs);
    free(s->absent_lab);
    free(s->text);
}

int session_begin(struct session *s, const char *test, const char *lab)
{
    free(s->text);
    s->text = NULL;
    s->verdict = VERDICT_PASSED;
    s->lab = lab;
    if (s->test && strcmp(s->test, test) == 0)
        return 0;
    session_forget(s);
    s->test = strdup(test);
    s->began_ns = clock_ns();
    s->steps = json_array();
    s->sockets = json_object();
    if (!s->test || !s->steps || !s->sockets)
        return err_r(ENOMEM, "cannot begin test %s", test);
    return 0;
}

/* -- Verdicts ------------------------------------------------------------------------------------
 */

static const char *const session_saw[] = {"client_errno",           "client_stage",
                                          "client_local",           "client_peer_name",
                                          "client_source_name",     "client_answered_name",
                                          "client_sources_name",    "hooks_before_name",
                                          "hooks_after_name",       "listener_pod",
                                          "listener_tlv_status",    "listener_tlv_destination_name",
                                          "listener_payload_bytes", "listener_payload_wrong_at",
                                          "listener_head"};

void session_print(const struct session *s, FILE *out)
{
    const json_t *step;
    size_t i;

    json_array_foreach (s->steps, i, step)
        fprintf(out, "  did: %s\n", json_string_value(step));
    for (i = 0; i < ARRAY_SIZE(session_saw); i++) {
        const char *value = session_seen(s, session_saw[i]);

        if (*value)
            fprintf(out, "  saw: %s=%s\n", session_saw[i], value);
    }
}

static int session_end(struct session *s, enum verdict verdict, const char *reason,
                       const char *values)
{
    size_t size;
    FILE *out;

    free(s->text);
    s->text = NULL;
    s->verdict = verdict;
    out = open_memstream(&s->text, &size);
    if (!out)
        return err_r(ENOMEM, "cannot say what went wrong");
    fprintf(out, "%s\n%s", reason, values);
    session_print(s, out);
    fclose(out);
    return -ECANCELED;
}

int session_fail(struct session *s, const char *fmt, ...)
{
    _cleanup_free_ char *reason = NULL;
    va_list ap;

    va_start(ap, fmt);
    text_format_v(&reason, fmt, ap);
    va_end(ap);
    return session_end(s, VERDICT_FAILED, reason ? reason : fmt, "");
}

int session_differ(struct session *s, const char *what, const char *expected, const char *actual)
{
    _cleanup_free_ char *values = NULL;
    int r = text_format(&values, "  expected: %s\n  actual:   %s\n",
                        *expected ? expected : "nothing", *actual ? actual : "nothing");

    return r < 0 ? r : session_end(s, VERDICT_FAILED, what, values);
}

int session_equal(struct session *s, const char *what, const char *expected, const char *actual)
{
    return strcmp(expected, actual) == 0 ? 0 : session_differ(s, what, expected, actual);
}

int session_skip(struct session *s, const char *fmt, ...)
{
    va_list ap;

    free(s->text);
    va_start(ap, fmt);
    text_format_v(&s->text, fmt, ap);
    va_end(ap);
    s->verdict = VERDICT_SKIPPED;
    return -ECANCELED;
}

int session_say(struct session *s, const char *text)
{
    free(s->text);
    s->text = strdup(text);
    s->verdict = VERDICT_OUTPUT;
    return s->text ? 0 : err_r(ENOMEM, "cannot answer");
}

/* -- Verbs ---------------------------------------------------------------------------------------
 */

void call_add(struct call *call, const char *word)
{
    if (call->n < CALL_MAX)
        call->words[call->n++] = word;
}

void call_add_all(struct call *call, char *const *words)
{
    for (; *words; words++)
        call_add(call, *words);
}

void session_step(struct session *s, const char *prefix, char *const *words)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return;
    fputs(prefix, out);
    for (; *words; words++)
        fprintf(out, " %s", *words);
    fclose(out);
    /* A command's words may be any bytes. */
    json_array_append_new(s->steps, json_stringn_nocheck(text, size));
}

/* As $(…) has it. */
static void session_trim(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
}

int session_call(struct session *s, struct call *call, bool quiet)
{
    FILE *const own_stdout = stdout, *const own_stderr = stderr;
    _cleanup_free_ char *unheard = NULL;
    size_t size, unheard_size;
    FILE *out, *errors;
    int code;

    free(s->output);
    s->output = NULL;
    out = open_memstream(&s->output, &size);
    errors = quiet ? open_memstream(&unheard, &unheard_size) : out;
    stdout = out ? out : own_stdout;
    stderr = errors ? errors : own_stderr;
    code = s->verb((int)call->n, (char **)call->words);
    stdout = own_stdout;
    stderr = own_stderr;
    if (quiet && errors)
        fclose(errors);
    if (out)
        fclose(out);
    if (s->output)
        session_trim(s->output);
    return code;
}

/* What stands behind "waypost: inconclusive: " or "waypost: shortage: " in it, without the newline;
 * NULL where nothing does. */
static char *session_undecided(const char *output)
{
    static const char *const words[] = {"waypost: " PATIENCE_WORD, "waypost: " SHORTAGE_WORD};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        const char *at = strstr(output, words[i]);

        if (at)
            return strndup(at + strlen(words[i]), strcspn(at + strlen(words[i]), "\n"));
    }
    return NULL;
}

int session_refuse(struct session *s, const char *verb, int code)
{
    _cleanup_free_ char *why = code == SESSION_MACHINE ? session_undecided(s->output) : NULL;

    if (why)
        return session_fail(s, PATIENCE_WORD "%s", why);
    return session_fail(s, "waypost %s: exit %d: %s", verb, code, s->output);
}

int session_must(struct session *s, struct call *call)
{
    int code;

    session_step(s, "waypost", (char *const *)call->words);
    code = session_call(s, call, false);
    if (code == 0)
        return 0;
    return session_refuse(s, call->words[0], code);
}

int session_json(struct session *s, json_t **out)
{
    json_t *j = json_loads(s->output, JSON_DECODE_ANY, NULL);

    if (!j)
        return session_fail(s, "this is no JSON: %s", s->output);
    *out = j;
    return 0;
}

json_t *session_vars(const char *text)
{
    json_t *vars = json_object();

    while (vars && *text) {
        size_t length = strcspn(text, "\n");
        const char *equals = memchr(text, '=', length);

        if (equals) {
            _cleanup_free_ char *name = strndup(text, (size_t)(equals - text));

            if (name)
                json_object_set_new_nocheck(
                    vars, name,
                    json_stringn_nocheck(equals + 1, length - (size_t)(equals + 1 - text)));
        }
        text += length + (text[length] == '\n');
    }
    return vars;
}

const char *session_seen(const struct session *s, const char *field)
{
    const char *value = json_string_value(json_object_get(s->observation, field));

    return value ? value : "";
}
