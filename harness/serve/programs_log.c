// SPDX-License-Identifier: Apache-2.0
/*
 * The programs' log (km_log_event). A line that names an error or a warning has to be one that the
 * test asked for; what nobody asked for fails the test when it is over, for good paths are silent.
 */
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "serve/words.h"

/* Lines of it in a report. */
#define LOG_SHOWN 10
/* The exit code of `events` where there is no such lab or map. */
#define LOG_ABSENT 2

/* How they put it is theirs; a word that names the level is in it. */
static bool log_names_level(const char *text, const char *level)
{
    const char *pattern = strcmp(level, "warning") == 0
                              ? "(^|[^a-z])(err(or)?|warn(ing)?)([^a-z]|$)"
                              : "(^|[^a-z])err(or)?([^a-z]|$)";
    regex_t regex;
    bool found;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
        return false;
    found = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

/* The suite's own programs have the texts that a test names; others have their own. */
static bool log_has_text(const char *line, const char *text)
{
    const char *objects = getenv("WAYPOST_OBJECTS_DIR");

    return !text || (objects && *objects) || strstr(line, text);
}

/* One record as `waypost events` prints it: its text, where it says that something is wrong. */
static int log_keep(struct session *s, const char *record, size_t length)
{
    _cleanup_json_ json_t *j = json_loadb(record, length, 0, NULL);
    const char *text = json_string_value(json_object_get(j, "text"));

    if (!text || !log_names_level(text, "warning"))
        return 0;
    if (!s->log)
        s->log = json_array();
    return json_array_append(s->log, json_object_get(j, "text")) < 0 ? -ENOMEM : 0;
}

/* Reads what the programs have logged since the last look, and keeps errors and warnings. Nothing
 * where they have no such map, or there is no lab any more. */
static int log_read(struct session *s)
{
    struct call call = {.n = 0};
    const char *line;
    int code;

    call_add(&call, "events");
    call_add(&call, s->lab);
    call_add(&call, "--map");
    call_add(&call, "km_log_event");
    if (!*s->lab)
        return 0;
    code = session_call(s, &call, true);
    if (code != 0)
        return code == LOG_ABSENT ? 0 : session_refuse(s, "events", code);
    for (line = s->output; line && *line;) {
        size_t length = strcspn(line, "\n");
        int r = log_keep(s, line, length);

        if (r < 0)
            return err_r(r, "cannot keep what the programs have logged");
        line += length + (line[length] == '\n');
    }
    return 0;
}

/* Takes those away that name the level and have the text (NULL: any); how many there were. */
static size_t log_ask(struct session *s, const char *level, const char *text)
{
    size_t found = 0;

    for (size_t i = json_array_size(s->log); i-- > 0;) {
        const char *line = json_string_value(json_array_get(s->log, i));

        if (!log_names_level(line, level) || !log_has_text(line, text))
            continue;
        json_array_remove(s->log, i);
        found++;
    }
    return found;
}

/* What nobody has asked for, a line each; the caller frees it, NULL without memory. */
static char *log_text(const struct session *s, const char *before)
{
    char *text = NULL;
    const json_t *line;
    size_t size, i;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    json_array_foreach (s->log, i, line) {
        if (i == LOG_SHOWN)
            break;
        fprintf(out, "%s%s%s", i > 0 ? "\n" : "", before, json_string_value(line));
    }
    if (json_array_size(s->log) > LOG_SHOWN)
        fprintf(out, "\n%s… and %zu more", before, json_array_size(s->log) - LOG_SHOWN);
    fclose(out);
    return text;
}

static int log_differ(struct session *s, const char *level, const char *text)
{
    _cleanup_free_ char *expected = NULL, *actual = log_text(s, "");
    int r = text_format(&expected, "%s%s%s%s", level, text ? " with '" : "", text ? text : "",
                        text ? "'" : "");

    if (!actual)
        return -ENOMEM;
    return r < 0 ? r : session_differ(s, "the programs' log", expected, actual);
}

/* expect_log LEVEL [TEXT]: an `error`, or a `warning` or worse, logged since the last look, with
 * that text in it. */
int word_expect_log(struct session *s, char *const *words)
{
    static char *const setting[] = {"bpf_log_level", NULL};
    _cleanup_free_ char *level = NULL;
    int r = word_require_setting(s, setting);

    session_step(s, "expect_log", words);
    if (r == 0)
        r = log_read(s);
    if (r < 0 || log_ask(s, words[0], words[1]) > 0)
        return r;
    r = text_format(&level, "some %s", words[0]);
    return r < 0 ? r : log_differ(s, level, words[1]);
}

int word_refute_log(struct session *s, char *const *words)
{
    _cleanup_free_ char *level = NULL;
    const json_t *line;
    size_t i;
    int r = log_read(s);

    session_step(s, "refute_log", words);
    json_array_foreach (s->log, i, line) {
        if (r < 0 || !log_names_level(json_string_value(line), words[0]))
            continue;
        r = text_format(&level, "no %s", words[0]);
        return r < 0 ? r : log_differ(s, level, NULL);
    }
    return r;
}

/* allow_log TEXT…: lines with these in them may come in this test. */
int word_allow_log(struct session *s, char *const *words)
{
    if (!s->log_allowed)
        s->log_allowed = json_array();
    for (; *words; words++) {
        if (json_array_append_new(s->log_allowed, json_string(*words)) < 0)
            return err_r(ENOMEM, "cannot remember what may be logged");
    }
    return 0;
}

/* unasked_log: the errors and warnings that this test, which is over, did not ask for; each is a
 * line of the report. It does not fail: a teardown says so itself. */
int word_unasked_log(struct session *s, char *const *none)
{
    _cleanup_free_ char *text = NULL;
    const json_t *allowed;
    size_t i;
    int r = log_read(s);

    (void)none;
    json_array_foreach (s->log_allowed, i, allowed)
        (void)log_ask(s, "warning", json_string_value(allowed));
    if (r < 0 || json_array_size(s->log) == 0)
        return r;
    text = log_text(s, "  log: ");
    json_array_clear(s->log);
    return text ? session_say(s, text) : -ENOMEM;
}
