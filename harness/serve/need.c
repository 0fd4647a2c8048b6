// SPDX-License-Identifier: Apache-2.0
/*
 * What the machine or the programs under test lack: the test is skipped and says why. A lab goes on
 * without programs that are missing or refused (020-load.bats says which), and the words know what
 * they need: a flow the connect hook of its family and sockops_prog, a TLV sendmsg_prog too.
 */
#include <string.h>

#include "common/cleanup.h"
#include "serve/words.h"

/* -- What the lab lacks --------------------------------------------------------------------------
 */

/* "" for what is not there, or no text. */
static const char *need_text(const json_t *entry, const char *field)
{
    const char *text = json_string_value(json_object_get(entry, field));

    return text ? text : "";
}

static int need_read_absent(struct session *s)
{
    struct call call = {.n = 0};

    json_decref(s->absent);
    s->absent = NULL;
    free(s->absent_lab);
    s->absent_lab = strdup(s->lab);
    call_add(&call, "show");
    call_add(&call, s->lab);
    call_add(&call, "--absent");
    call_add(&call, "--json");
    if (!*s->lab || session_call(s, &call, true) != 0)
        return 0;
    return session_json(s, &s->absent);
}

const json_t *need_absent(struct session *s, const char *name)
{
    const json_t *entry;
    size_t i;

    if (!s->absent_lab || strcmp(s->absent_lab, s->lab) != 0)
        (void)need_read_absent(s);
    json_array_foreach (s->absent, i, entry) {
        if (strcmp(need_text(entry, "name"), name) == 0)
            return entry;
    }
    return NULL;
}

int need_program(struct session *s, const char *name)
{
    const json_t *absent = need_absent(s, name);
    const char *error = need_text(absent, "error");

    if (!absent)
        return 0;
    return session_skip(s, "%s is %s: %.*s", name, need_text(absent, "why"),
                        (int)strcspn(error, "\n"), error);
}

int word_require_program(struct session *s, char *const *names)
{
    for (; *names; names++) {
        int r = need_program(s, *names);

        if (r < 0)
            return r;
    }
    return 0;
}

int word_require_object(struct session *s, char *const *names)
{
    for (; *names; names++) {
        const json_t *absent = need_absent(s, *names);

        if (absent && strcmp(need_text(absent, "why"), "refused") != 0)
            return need_program(s, *names);
    }
    return 0;
}

/* "older": it has no room for all that the contract's layout has. */
static int need_layout(struct session *s, const char *map)
{
    const json_t *absent = need_absent(s, map);
    const char *error = need_text(absent, "error");

    if (!absent)
        return 0;
    if (strncmp(error, "it has ", strlen("it has ")) == 0)
        error += strlen("it has ");
    return session_skip(s, "%s is %s: %s", map, need_text(absent, "why"), error);
}

int word_require_layout(struct session *s, char *const *maps)
{
    for (; *maps; maps++) {
        int r = need_layout(s, *maps);

        if (r < 0)
            return r;
    }
    return 0;
}

int word_expect_program(struct session *s, char *const *name)
{
    const json_t *absent = need_absent(s, *name);
    struct call call = {.n = 0};
    _cleanup_json_ json_t *lab = NULL;
    const json_t *node, *program;
    size_t i, j;
    int r;

    if (absent && strcmp(need_text(absent, "why"), "refused") != 0)
        return need_program(s, *name);
    if (absent)
        return session_fail(s, "%s", need_text(absent, "error"));
    call_add(&call, "show");
    call_add(&call, s->lab);
    call_add(&call, "--json");
    r = session_must(s, &call);
    if (r == 0)
        r = session_json(s, &lab);
    if (r < 0)
        return r;
    json_array_foreach (json_object_get(lab, "nodes"), i, node) {
        json_array_foreach (json_object_get(node, "programs"), j, program) {
            if (strcmp(need_text(program, "name"), *name) == 0)
                return 0;
        }
    }
    return session_fail(s, "%s is not attached: %s", *name, s->output);
}

/* -- The machine ---------------------------------------------------------------------------------
 */

int word_require(struct session *s, char *const *probe)
{
    struct call call = {.n = 0};
    int code;

    call_add(&call, "doctor");
    call_add(&call, "--probe");
    call_add(&call, *probe);
    code = session_call(s, &call, false);
    if (code > 1)
        return session_refuse(s, "doctor", code);
    return code == 0 ? 0 : session_skip(s, "%s", s->output);
}

/* -- What belongs together -----------------------------------------------------------------------
 */

int need_connect(struct session *s, enum family family)
{
    char *const both[] = {"cgroup_connect4_prog", "cgroup_connect6_prog", NULL};
    char *const v4[] = {"cgroup_connect4_prog", NULL}, *const v6[] = {"cgroup_connect6_prog", NULL};
    int r = word_require_program(s, family == FAMILY_V4 ? v4 : family == FAMILY_V6 ? v6 : both);

    /* It first knows a pod's address. */
    return r < 0 ? r : need_program(s, "sockops_prog");
}

int word_need_connect(struct session *s, char *const *family)
{
    enum family which;

    if (family_from_name(*family, &which) < 0)
        return session_fail(s, "there is no family '%s'", *family);
    return need_connect(s, which);
}

int word_need_tlv(struct session *s, char *const *none)
{
    int r = need_program(s, "sockops_prog");

    (void)none;
    return r < 0 ? r : need_program(s, "sendmsg_prog");
}

bool need_has(char *const *words, const char *word)
{
    for (; *words; words++) {
        if (strcmp(*words, word) == 0)
            return true;
    }
    return false;
}

enum family need_family(char *const *words, enum family family)
{
    for (; *words; words++) {
        const char *value = strncmp(*words, "--family=", 9) == 0 ? *words + 9 : NULL;

        if (strcmp(*words, "--family") == 0)
            value = words[1];
        if (value)
            (void)family_from_name(value, &family);
    }
    return family;
}

/* Fields that only the contract's own layout has. */
static int need_fields(struct session *s, char *const *words)
{
    for (char *const *word = words + 1; *word; word++) {
        if (strstr(*word, "\"priority\"") || strstr(*word, "\"counts\""))
            return need_layout(s, words[0]);
    }
    return 0;
}

static int need_probe(struct session *s)
{
    char *const setting[] = {"enable_monitoring", NULL};
    int r = need_program(s, "sockops_prog");

    return r < 0 ? r : word_require_setting(s, setting);
}

int need_map(struct session *s, char *const *words)
{
    static const char *const connects[] = {"km_frontend", "km_service", "km_endpoint",
                                           "km_backend"};
    const char *map = words[0];
    int r = need_fields(s, words);

    if (r < 0)
        return r;
    if (strcmp(map, "km_manage") == 0)
        return need_connect(s, FAMILY_MAPPED);
    if (strcmp(map, "km_socket") == 0)
        return word_need_tlv(s, NULL);
    if (strcmp(map, "km_auth_req") == 0)
        return need_program(s, "sockops_prog");
    if (strcmp(map, "km_tcp_probe") == 0)
        return need_probe(s);
    for (size_t i = 0; i < ARRAY_SIZE(connects); i++) {
        if (strcmp(map, connects[i]) == 0)
            return need_connect(s, s->family);
    }
    return 0;
}

/* -- Settings ------------------------------------------------------------------------------------
 */

static bool need_listed(const json_t *list, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
            return true;
    }
    return false;
}

/* Older programs have their settings in a map: it is off there, and nobody writes it. */
int word_require_setting(struct session *s, char *const *names)
{
    _cleanup_json_ json_t *lab = NULL;
    struct call call = {.n = 0};
    const json_t *node;
    size_t i;
    int r;

    (void)need_absent(s, "");
    if (json_array_size(s->absent) == 0)
        return 0;
    call_add(&call, "show");
    call_add(&call, s->lab);
    call_add(&call, "--json");
    if (session_call(s, &call, true) != 0)
        return 0;
    r = session_json(s, &lab);
    if (r < 0)
        return r;
    json_array_foreach (json_object_get(lab, "nodes"), i, node) {
        for (; *names && json_is_true(json_object_get(node, "settings_in_map")); names++) {
            if (!need_listed(json_object_get(node, "settings"), *names))
                return session_skip(s, "the programs have their settings in a map, not in global "
                                       "variables");
        }
    }
    return 0;
}
