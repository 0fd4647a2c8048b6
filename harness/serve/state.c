// SPDX-License-Identifier: Apache-2.0
/* Who is managed, and what is in the maps. */
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/text.h"
#include "serve/words.h"

/* manage POD enable|disable [--family F]: where flows are IPv4-mapped the command is sent in IPv4,
 * so that only the tests of mapped commands (MG-8) depend on those. */
int word_manage(struct session *s, char *const *words)
{
    enum family family = s->family == FAMILY_MAPPED ? FAMILY_V4 : s->family;
    struct call call = {.n = 0};
    int r;

    family = need_family(words, family);
    s->changed = true;
    r = need_connect(s, family);
    if (r < 0)
        return r;
    call_add(&call, "manage");
    call_add(&call, s->lab);
    call_add(&call, words[0]);
    call_add(&call, words[1]);
    call_add(&call, "--family");
    call_add(&call, family_name(family));
    return session_must(s, &call);
}

/* -- Maps ----------------------------------------------------------------------------------------
 */

static int state_map(struct session *s, const char *action, char *const *words)
{
    struct call call = {.n = 0};

    call_add(&call, "map");
    call_add(&call, s->lab);
    call_add(&call, action);
    call_add_all(&call, words);
    return session_must(s, &call);
}

static int state_change(struct session *s, const char *action, char *const *words)
{
    int r = need_map(s, words);

    if (r < 0)
        return r;
    s->changed = true;
    return state_map(s, action, words);
}

/* map_set MAP KEY VALUE [OPTION…] */
int word_map_set(struct session *s, char *const *words)
{
    return state_change(s, "set", words);
}

/* map_delete MAP KEY [OPTION…] */
int word_map_delete(struct session *s, char *const *words)
{
    return state_change(s, "delete", words);
}

static int state_get_words(struct session *s, char *const *words)
{
    struct call call = {.n = 0};
    int code;

    call_add(&call, "map");
    call_add(&call, s->lab);
    call_add(&call, "get");
    call_add_all(&call, words);
    session_step(s, "waypost", (char *const *)call.words);
    code = session_call(s, &call, true);
    if (code > 1)
        return session_fail(s, "waypost map get %s: exit %d", words[0], code);
    if (code == 1)
        s->output[0] = '\0';
    return 0;
}

int state_get(struct session *s, const char *map, const char *key)
{
    char *const words[] = {(char *)map, (char *)key, NULL};

    return state_get_words(s, words);
}

/* map_get MAP KEY [OPTION…]: the value, or nothing. */
int word_map_get(struct session *s, char *const *words)
{
    int r = state_get_words(s, words);

    return r < 0 ? r : session_say(s, s->output);
}

/* map_dump MAP [OPTION…] */
int word_map_dump(struct session *s, char *const *words)
{
    int r = state_map(s, "dump", words);

    return r < 0 ? r : session_say(s, s->output);
}

/* expect_map MAP KEY VALUE: the entry as `waypost map get` prints it. */
int word_expect_map(struct session *s, char *const *words)
{
    _cleanup_free_ char *what = NULL;
    int r = state_get(s, words[0], words[1]);

    if (r < 0)
        return r;
    r = text_format(&what, "%s %s", words[0], words[1]);
    if (r < 0)
        return r;
    return session_equal(s, what, words[2], s->output);
}

/* policy POD set POLICIES|FILE, policy POD delete [NAME], policy POD show [--json]: what it prints.
 */
int word_policy(struct session *s, char *const *words)
{
    static char *const map[] = {"km_authz_policy", NULL};
    struct call call = {.n = 0};
    int r = need_map(s, map);

    if (r < 0)
        return r;
    s->changed = true;
    call_add(&call, "policy");
    call_add(&call, s->lab);
    call_add_all(&call, words);
    r = session_must(s, &call);
    return r < 0 ? r : session_say(s, s->output);
}

static int state_count(struct session *s, const char *map, const char *n, char *const *options)
{
    char *words[CALL_MAX + 1] = {(char *)map};
    _cleanup_free_ char *what = NULL;
    int r;

    for (size_t i = 0; options[i] && i + 2 < CALL_MAX; i++)
        words[i + 1] = options[i];
    r = state_map(s, "count", words);
    if (r < 0)
        return r;
    r = text_format(&what, "entries of %s", map);
    if (r < 0)
        return r;
    return session_equal(s, what, n, s->output);
}

/* expect_count MAP N [OPTION…] */
int word_expect_count(struct session *s, char *const *words)
{
    char *const map[] = {words[0], NULL};
    int r = need_map(s, map);

    return r < 0 ? r : state_count(s, words[0], words[1], words + 2);
}

/* expect_sockets N [OPTION…] */
int word_expect_sockets(struct session *s, char *const *words)
{
    int r = word_need_tlv(s, NULL);

    return r < 0 ? r : state_count(s, "km_socket", words[0], words + 1);
}

/* -- Who is managed ------------------------------------------------------------------------------
 */

static int state_managed(struct session *s, const char *pod, json_t **out)
{
    static char *const map[] = {"km_manage", NULL};
    struct call call = {.n = 0};
    int r = need_map(s, map);

    if (r < 0)
        return r;
    call_add(&call, "manage");
    call_add(&call, s->lab);
    call_add(&call, pod);
    call_add(&call, "status");
    call_add(&call, "--vars");
    r = session_must(s, &call);
    if (r < 0)
        return r;
    *out = session_vars(s->output);
    return *out ? 0 : -ENOMEM;
}

static int state_expect(struct session *s, const json_t *held, const char *what, const char *pod,
                        const char *field, const char *value)
{
    const char *actual = json_string_value(json_object_get(held, field));
    _cleanup_free_ char *text = NULL;
    int r;

    r = text_format(&text, "the %s%s of %s in km_manage", field, what, pod);
    if (r < 0)
        return r;
    return session_equal(s, text, value, actual ? actual : "");
}

/* expect_managed POD yes|no [FAMILY…]: the cookie, and the addresses of the families, else both. */
int word_expect_managed(struct session *s, char *const *words)
{
    static char *const both[] = {"v4", "v6", NULL};
    _cleanup_json_ json_t *held = NULL;
    int r = state_managed(s, words[0], &held);

    if (r < 0)
        return r;
    r = state_expect(s, held, "", words[0], "cookie", words[1]);
    for (char *const *family = words[2] ? words + 2 : both; r == 0 && *family; family++)
        r = state_expect(s, held, " address", words[0], *family, words[1]);
    return r;
}

/* "cookie v4 v6" of those that are so. */
static char *state_held(const json_t *held)
{
    char *text = NULL;
    const char *name, *gap = "";
    const json_t *value;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    json_object_foreach ((json_t *)held, name, value) {
        if (strcmp(json_string_value(value), "yes") != 0)
            continue;
        fprintf(out, "%s%s", gap, name);
        gap = " ";
    }
    fclose(out);
    return text;
}

static char *state_join(char *const *words)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    for (const char *gap = ""; out && *words; words++, gap = " ")
        fprintf(out, "%s%s", gap, *words);
    if (out)
        fclose(out);
    return text;
}

/* expect_manage POD [cookie] [v4] [v6]: exactly these of the pod are in km_manage. */
int word_expect_manage(struct session *s, char *const *words)
{
    _cleanup_free_ char *expected = state_join(words + 1), *actual = NULL, *what = NULL;
    _cleanup_json_ json_t *held = NULL;
    int r = state_managed(s, words[0], &held);

    if (r < 0)
        return r;
    actual = state_held(held);
    if (!expected || !actual)
        return -ENOMEM;
    r = text_format(&what, "what km_manage holds of %s", words[0]);
    if (r < 0)
        return r;
    return session_equal(s, what, expected, actual);
}
