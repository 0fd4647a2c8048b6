// SPDX-License-Identifier: Apache-2.0
#include "show/policy.h"

#include <stdio.h>
#include <string.h>

/* A text or number, or what is wrong in its place. */
static void policy_text_value(const json_t *value)
{
    const char *at = json_string_value(json_object_get(value, "at"));

    if (json_is_object(value))
        printf("<%s%s%s>", at ? at : "", at ? ": " : "",
               json_string_value(json_object_get(value, "fault")));
    else if (json_is_integer(value))
        printf("%lld", (long long)json_integer_value(value));
    else
        fputs(json_is_string(value) ? json_string_value(value) : "?", stdout);
}

static void policy_text_list(const char *name, const json_t *list)
{
    const json_t *value;
    size_t i;

    printf(" %s", name);
    if (!json_is_array(list)) {
        putchar(' ');
        policy_text_value(list);
    }
    json_array_foreach (list, i, value) {
        putchar(' ');
        policy_text_value(value);
    }
}

static void policy_text_match(const json_t *match)
{
    const char *name, *gap = ":";
    const json_t *list;

    json_object_foreach ((json_t *)match, name, list) {
        if (strcmp(name, "at") == 0)
            continue;
        fputs(gap, stdout);
        policy_text_list(name, list);
        gap = ",";
    }
    if (*gap == ':')
        fputs(": nothing", stdout);
}

/* A rule, clause or match, and what is below it. `level` counts from the policy. */
static void policy_text_part(const json_t *part, size_t level)
{
    static const char *const names[] = {"rule", "clause", "match"};
    static const char *const below[] = {"clauses", "matches", NULL};
    const json_t *inner, *list, *count;
    char key[32];
    size_t i;

    printf("%*s%s ", (int)(2 + 2 * level), "", names[level]);
    if (!json_object_get(part, "at") || json_object_get(part, "fault")) {
        policy_text_value(part);
        putchar('\n');
        return;
    }
    fputs(json_string_value(json_object_get(part, "at")), stdout);
    if (!below[level]) {
        policy_text_match(part);
        putchar('\n');
        return;
    }
    list = json_object_get(part, below[level]);
    snprintf(key, sizeof(key), "%s_count", below[level]);
    count = json_object_get(part, key);
    if (count)
        printf(" (counts %lld %s)", (long long)json_integer_value(count), below[level]);
    if (json_is_array(list) && json_array_size(list) == 0)
        printf(": no %s", below[level]);
    putchar('\n');
    if (json_is_object(list))
        policy_text_part(list, level + 1);
    json_array_foreach (list, i, inner) {
        policy_text_part(inner, level + 1);
    }
}

static void policy_text_policy(const json_t *policy)
{
    const json_t *rules = json_object_get(policy, "rules"), *rule,
                 *count = json_object_get(policy, "rules_count");
    size_t i;

    printf("policy %lld: ", (long long)json_integer_value(json_object_get(policy, "id")));
    if (json_object_get(policy, "fault")) {
        printf("%s\n", json_string_value(json_object_get(policy, "fault")));
        return;
    }
    policy_text_value(json_object_get(policy, "action"));
    putchar(' ');
    policy_text_value(json_object_get(policy, "namespace"));
    putchar('/');
    policy_text_value(json_object_get(policy, "name"));
    if (count)
        printf(" (counts %lld rules)", (long long)json_integer_value(count));
    if (json_is_array(rules) && json_array_size(rules) == 0)
        fputs(", no rules", stdout);
    putchar('\n');
    if (json_is_object(rules))
        policy_text_part(rules, 0);
    json_array_foreach (rules, i, rule) {
        policy_text_part(rule, 0);
    }
}

void policy_text_print(const json_t *policies)
{
    const json_t *policy;
    size_t i;

    if (json_array_size(policies) == 0)
        puts("no policies");
    json_array_foreach (policies, i, policy) {
        policy_text_policy(policy);
    }
}
