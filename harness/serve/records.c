// SPDX-License-Identifier: Apache-2.0
/* What the programs report in ring buffers, and what they keep: read, planted, switched. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/patience.h"
#include "common/text.h"
#include "serve/records.h"
#include "serve/words.h"

/* -- Ring buffers --------------------------------------------------------------------------------
 */

/* Whether a node's programs have a map of that name. */
static bool records_map_is_there(struct session *s, const char *map)
{
    _cleanup_json_ json_t *lab = NULL;
    struct call call = {.n = 0};
    const json_t *node, *name;
    size_t i, j;

    call_add(&call, "show");
    call_add(&call, s->lab);
    call_add(&call, "--json");
    if (session_call(s, &call, true) != 0 || session_json(s, &lab) < 0)
        return true;
    json_array_foreach (json_object_get(lab, "nodes"), i, node) {
        json_array_foreach (json_object_get(node, "maps"), j, name) {
            if (json_is_string(name) && strcmp(json_string_value(name), map) == 0)
                return true;
        }
    }
    return false;
}

/* What `waypost events` printed in s->output, its exit code (0 or 1) in *code. Older programs have
 * fewer maps. */
static int records_events(struct session *s, char *const *words, int *code)
{
    struct call call = {.n = 0};

    call_add(&call, "events");
    call_add(&call, s->lab);
    if (words[0])
        call_add(&call, "--map");
    call_add_all(&call, words);
    call_add(&call, "--vars");
    session_step(s, "waypost", (char *const *)call.words);
    *code = session_call(s, &call, false);
    if (*code <= 1)
        return 0;
    session_refuse(s, "events", *code);
    if (words[0] && !records_map_is_there(s, words[0]))
        return session_skip(s, "these programs have no %s", words[0]);
    return -ECANCELED;
}

/* forget_records [MAP]: what was reported until now. */
int word_forget_records(struct session *s, char *const *words)
{
    int code;

    return records_events(s, words, &code);
}

/* What else was said is none. Takes `record`. */
static void records_add(json_t *records, json_t *record)
{
    if (json_object_get(record, "map"))
        json_array_append(records, record);
    json_decref(record);
}

/* Records are separated by empty lines. */
static json_t *records_parse(char *text)
{
    json_t *records = json_array();

    while (text && *text) {
        char *end = strstr(text, "\n\n");

        if (end)
            *end = '\0';
        records_add(records, session_vars(text));
        text = end ? end + 2 : NULL;
    }
    return records;
}

static int records_read(struct session *s)
{
    _cleanup_free_ char *text = strdup(s->output);

    if (!text)
        return -ENOMEM;
    json_decref(s->records);
    s->records = records_parse(text);
    s->record = json_array_get(s->records, 0);
    return 0;
}

/* records MAP N [OPTION…]: waits, 5 s at most, until the programs have reported N records in MAP.
 * Those that follow stay where they are: see no_more_records. */
int word_records(struct session *s, char *const *words)
{
    char *events[CALL_MAX + 1] = {words[0], "--count", words[1]};
    _cleanup_free_ char *actual = NULL;
    char *const map[] = {words[0], NULL};
    int code, r = need_map(s, map);

    for (size_t i = 0; words[i + 2] && i + 4 < CALL_MAX; i++)
        events[i + 3] = words[i + 2];
    if (r < 0)
        return r;
    r = records_events(s, events, &code);
    if (r < 0)
        return r;
    if (code == 0)
        return records_read(s);
    r = records_read(s);
    if (r < 0)
        return r;
    r = text_format(&actual, "%zu:\n%s", json_array_size(s->records), s->output);
    if (r < 0)
        return r;
    return session_fail(s, "records of %s\n  expected: %s\n  actual:   %s", words[0], words[1],
                        actual);
}

/* no_more_records MAP [MS]: nothing was reported but what was read. It does not wait: what must not
 * come is tried before something that must, whose records were waited for. With MS, a connection
 * that lives so long may be reported once more: of a test that has taken longer nobody can say. */
int word_no_more_records(struct session *s, char *const *words)
{
    _cleanup_free_ char *what = NULL;
    char *const map[] = {words[0], NULL};
    int64_t lasted_ms = (clock_ns() - s->began_ns) / 1000000;
    int code, r = need_map(s, map);

    if (r < 0)
        return r;
    r = records_events(s, map, &code);
    if (r < 0)
        return r;
    if (*s->output && words[1] && lasted_ms > atoll(words[1]))
        return session_fail(s,
                            PATIENCE_WORD "whether more records of %s are right: the test has "
                                          "lasted %lld ms, and after %s ms they may come",
                            words[0], (long long)lasted_ms, words[1]);
    r = text_format(&what, "more records of %s", words[0]);
    return r < 0 ? r : session_equal(s, what, "", s->output);
}

/* -- One record ----------------------------------------------------------------------------------
 */

/* "FIELD=PATTERN"; a field that is not there is as an empty one. */
static bool records_is(const json_t *record, char *const *patterns)
{
    for (; *patterns; patterns++) {
        size_t length = strcspn(*patterns, "=");
        _cleanup_free_ char *field = strndup(*patterns, length);
        const char *value = field ? json_string_value(json_object_get(record, field)) : NULL;

        if (fnmatch(*patterns + length + ((*patterns)[length] == '='), value ? value : "",
                    FNM_EXTMATCH) != 0)
            return false;
    }
    return true;
}

static void records_print(FILE *out, const json_t *records)
{
    const json_t *record, *value;
    const char *name;
    size_t i;

    json_array_foreach (records, i, record) {
        json_object_foreach ((json_t *)record, name, value)
            fprintf(out, "%s=%s\n", name, json_string_value(value));
        fputc('\n', out);
    }
}

static int records_not_one(struct session *s, char *const *patterns, const char *how)
{
    _cleanup_free_ char *all = NULL, *asked = NULL;
    size_t size, asked_size;
    FILE *out = open_memstream(&all, &size), *words = open_memstream(&asked, &asked_size);

    for (const char *gap = ""; words && *patterns; patterns++, gap = " ")
        fprintf(words, "%s%s", gap, *patterns);
    if (out)
        records_print(out, s->records);
    if (words)
        fclose(words);
    if (out)
        fclose(out);
    return session_fail(s, "records with %s\n  expected: one\n  actual:   %s\n%s", asked, how, all);
}

static int records_choose(struct session *s, char *const *patterns)
{
    json_t *record, *found = NULL;
    size_t i;

    json_array_foreach (s->records, i, record) {
        if (!records_is(record, patterns))
            continue;
        if (found)
            return records_not_one(s, patterns, "more:");
        found = record;
    }
    if (!found)
        return records_not_one(s, patterns, "none in");
    s->record = found;
    return 0;
}

/* record FIELD=PATTERN…: chooses the one record of the last `records` in which the fields are so.
 */
int word_record(struct session *s, char *const *patterns)
{
    return records_choose(s, patterns);
}

/* recorded FIELD…: of the record that was chosen, separated by blanks. */
int word_recorded(struct session *s, char *const *fields)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return -ENOMEM;
    for (const char *gap = ""; *fields; fields++, gap = " ") {
        const char *value = json_string_value(json_object_get(s->record, *fields));

        fprintf(out, "%s%s", gap, value ? value : "");
    }
    fclose(out);
    return session_say(s, text);
}

static int records_no_field(struct session *s, const char *field)
{
    _cleanup_free_ char *names = NULL;
    const json_t *value;
    const char *name;
    size_t size;
    FILE *out = open_memstream(&names, &size);

    if (!out)
        return -ENOMEM;
    json_object_foreach ((json_t *)s->record, name, value)
        fprintf(out, " %s", name);
    fclose(out);
    return session_fail(s, "there is no field '%s', only:%s", field, names);
}

int records_field(struct session *s, const char *field, const char **out)
{
    *out = json_string_value(json_object_get(s->record, field));
    return *out ? 0 : records_no_field(s, field);
}

int records_equal(struct session *s, const char *field, const char *expected)
{
    _cleanup_free_ char *what = NULL;
    const char *actual;
    int r = records_field(s, field, &actual);

    if (r < 0)
        return r;
    r = text_format(&what, "the field %s", field);
    return r < 0 ? r : session_equal(s, what, expected, actual);
}

/* expect_field FIELD PATTERN: of the record that was chosen, or of a socket's storage. */
int word_expect_field(struct session *s, char *const *words)
{
    _cleanup_free_ char *what = NULL;
    const char *actual;
    int r = records_field(s, words[0], &actual);

    if (r < 0)
        return r;
    if (fnmatch(words[1], actual, FNM_EXTMATCH) == 0)
        return 0;
    r = text_format(&what, "the field %s", words[0]);
    return r < 0 ? r : session_differ(s, what, words[1], actual);
}

/* expect_fields FIELD VALUE… */
int word_expect_fields(struct session *s, char *const *words)
{
    for (; words[0] && words[1]; words += 2) {
        int r = records_equal(s, words[0], words[1]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* -- What they keep ------------------------------------------------------------------------------
 */

/* storage POD SOCKET [OPTION…]: km_sockstorage of a kept socket, or of the connection from
 * CLIENT:PORT that the pod accepted; its fields are those of the record then. */
int word_storage(struct session *s, char *const *words)
{
    struct call call = {.n = 0};
    int r = need_program(s, "sockops_prog");

    if (r < 0)
        return r;
    call_add(&call, "socket");
    call_add(&call, s->lab);
    call_add(&call, words[0]);
    call_add(&call, words[1]);
    call_add(&call, "--vars");
    call_add_all(&call, words + 2);
    r = session_must(s, &call);
    if (r < 0)
        return r;
    json_decref(s->storage);
    s->storage = session_vars(s->output);
    s->record = s->storage;
    return 0;
}

/* plant POD SOCKET JSON [OPTION…]: writes fields of it; a time as {"report_ago_ms": 6000}. */
int word_plant(struct session *s, char *const *words)
{
    struct call call = {.n = 0};

    s->changed = true;
    call_add(&call, "socket");
    call_add(&call, s->lab);
    call_add(&call, words[0]);
    call_add(&call, words[1]);
    call_add(&call, "set");
    call_add_all(&call, words + 2);
    return session_must(s, &call);
}

/* setting NAME=VALUE…: the programs' global variables; skips the test where they have not got them.
 */
int word_setting(struct session *s, char *const *words)
{
    static const char prefix[] = "waypost: ";
    struct call call = {.n = 0};
    const char *why;
    int code;

    s->changed = true;
    call_add(&call, "set");
    call_add(&call, s->lab);
    call_add_all(&call, words);
    session_step(s, "waypost", (char *const *)call.words);
    code = session_call(s, &call, false);
    if (code > 1)
        return session_refuse(s, "set", code);
    why = strncmp(s->output, prefix, strlen(prefix)) == 0 ? s->output + strlen(prefix) : s->output;
    return code == 0 ? 0 : session_skip(s, "%s", why);
}
