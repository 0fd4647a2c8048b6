// SPDX-License-Identifier: Apache-2.0
#include "field/import_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

/* Every reader answers -EINVAL, without a word, for what no topology can say: the policy is then
 * left out as a whole. */

/* Zeroed, one for each of the list's entries; at most `max`. */
static int policy_array(const json_t *list, size_t max, size_t size, void *array, size_t *n)
{
    size_t wanted = json_array_size(list);
    void *made;

    if (wanted > max)
        return -EINVAL;
    made = calloc(wanted + 1, size);
    if (!made)
        return -ENOMEM;
    memcpy(array, &made, sizeof(made));
    *n = wanted;
    return 0;
}

/* Whether a YAML file can have the text: what it may not hold is more than what a policy may not.
 */
static bool policy_says(const char *text)
{
    size_t length = strlen(text);

    return policy_text_check(text) == 0 && text_printable(text, length) == length &&
           !strstr(text, "\xef\xbb\xbf");
}

/* Whether a topology's text, in which '*' says how it is compared, can be this one. */
static bool policy_text_fits(const char *text, enum policy_text_kind comparison)
{
    size_t length = strlen(text);

    if (!policy_says(text) || (length == 0 && comparison == POLICY_EXACT))
        return false;
    if (comparison == POLICY_PREFIX || length == 0)
        return true;
    return text[length - 1] != '*' && (comparison == POLICY_SUFFIX || text[0] != '*');
}

/* Go writes {"MatchType": {"Exact": TEXT}}, the protocol's own JSON {"exact": TEXT}. */
static int policy_text(const json_t *json, struct policy_element *out)
{
    static const char *const forms[] = {"", "exact", "prefix", "suffix", "presence"};
    json_t *type = json_object_get(json, "MatchType"), *value;
    const char *key;

    json_object_foreach (type ? type : (json_t *)json, key, value) {
        for (int i = 1; i < (int)ARRAY_SIZE(forms); i++) {
            bool any = i > POLICY_SUFFIX; /* whatever the text is: a prefix of none */
            const char *text = any ? "" : json_string_value(value);

            if (strcasecmp(key, forms[i]) != 0)
                continue;
            out->comparison = any ? POLICY_PREFIX : (enum policy_text_kind)i;
            if (!text || !policy_text_fits(text, out->comparison))
                return -EINVAL;
            out->text = strdup(text);
            return out->text ? 0 : -ENOMEM;
        }
    }
    return -EINVAL;
}

/* Up to `max` bytes; the number of them, negative for what is no base64. */
static int policy_base64(const char *text, uint8_t *out, size_t max)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    size_t n_bits = 0, n = 0;

    for (; *text && *text != '='; text++) {
        const char *digit = strchr(digits, *text);

        if (!digit)
            return -EINVAL;
        bits = bits << 6 | (uint32_t)(digit - digits);
        n_bits += 6;
        if (n_bits < 8)
            continue;
        if (n == max)
            return -EINVAL;
        n_bits -= 8;
        out[n++] = (uint8_t)(bits >> n_bits);
    }
    return (int)n;
}

/* {"address": base64 of 4 or 16 bytes, "length": bits}; a length of 0 may be left out. */
static int policy_block(const json_t *json, struct policy_element *out)
{
    int n =
        policy_base64(import_text(json, "address"), out->address.bytes, sizeof(out->address.bytes));
    json_int_t bits = json_integer_value(json_object_get(json, "length"));

    if ((n != 4 && n != 16) || bits < 0 || bits > 8 * n)
        return -EINVAL;
    out->address.af = n == 4 ? AF_INET : AF_INET6;
    out->prefix = (uint32_t)bits;
    return 0;
}

static int policy_port(const json_t *json, struct policy_element *out)
{
    json_int_t port = json_integer_value(json);

    if (port < 1 || port > UINT16_MAX)
        return -EINVAL;
    out->port = (uint32_t)port;
    return 0;
}

static int policy_list(const json_t *list, enum policy_list_kind kind, struct policy_list *out)
{
    static int (*const readers[])(const json_t *, struct policy_element *) = {
        [POLICY_TEXTS] = policy_text, [POLICY_BLOCKS] = policy_block, [POLICY_PORTS] = policy_port};
    enum policy_element_kind elements = policy_element_kind(kind);
    size_t max = elements == POLICY_PORTS ? POLICY_PORTS_MAX : POLICY_REFS_MAX, i;
    const json_t *entry;
    int r = policy_array(list, max, sizeof(*out->elements), &out->elements, &out->n);

    if (r < 0)
        return r;
    json_array_foreach (list, i, entry) {
        r = readers[elements](entry, &out->elements[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int policy_match(const json_t *json, struct policy_match *out)
{
    for (enum policy_list_kind kind = 0; kind < POLICY_LISTS; kind++) {
        const json_t *list = json_object_get(json, policy_list_name(kind));
        int r = policy_list(list, kind, &out->lists[kind]);

        if (r < 0)
            return r;
    }
    return 0;
}

static int policy_clause(const json_t *json, struct policy_clause *out)
{
    const json_t *list = json_object_get(json, "matches"), *entry;
    int r = policy_array(list, POLICY_REFS_MAX, sizeof(*out->matches), &out->matches, &out->n);
    size_t i;

    if (r < 0)
        return r;
    json_array_foreach (list, i, entry) {
        r = policy_match(entry, &out->matches[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int policy_rule(const json_t *json, struct policy_rule *out)
{
    const json_t *list = json_object_get(json, "clauses"), *entry;
    int r = policy_array(list, POLICY_REFS_MAX, sizeof(*out->clauses), &out->clauses, &out->n);
    size_t i;

    if (r < 0)
        return r;
    json_array_foreach (list, i, entry) {
        r = policy_clause(entry, &out->clauses[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int policy_rules(const json_t *json, struct policy *out)
{
    const json_t *list = json_object_get(json, "rules"), *entry;
    int r = policy_array(list, POLICY_REFS_MAX, sizeof(*out->rules), &out->rules, &out->n_rules);
    size_t i;

    if (r < 0)
        return r;
    json_array_foreach (list, i, entry) {
        r = policy_rule(entry, &out->rules[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool policy_is_on(const json_t *json, const char *key, const json_t *pod)
{
    const char *scope = import_text(json, "scope");
    const json_t *entry;
    size_t i;

    if (strcmp(scope, "GLOBAL") == 0)
        return true;
    if (strcmp(scope, "NAMESPACE") == 0)
        return strcmp(import_text(pod, "namespace"), import_text(json, "namespace")) == 0;
    json_array_foreach (json_object_get(pod, "policies"), i, entry) {
        if (json_is_string(entry) && strcmp(json_string_value(entry), key) == 0)
            return true;
    }
    return false;
}

/* The pods that it is on, as far as their slots go. */
static int policy_pods(struct import_work *w, const json_t *json, const char *key,
                       struct policy *out)
{
    json_t *pod;
    size_t i;

    out->pods = calloc(json_array_size(w->pods) + 1, sizeof(*out->pods));
    if (!out->pods)
        return -ENOMEM;
    json_array_foreach (w->pods, i, pod) {
        json_int_t n = json_integer_value(json_object_get(pod, "n_policies"));

        if (!policy_is_on(json, key, pod))
            continue;
        if (n >= POLICY_POD_MAX) {
            w->left_out++;
            continue;
        }
        json_object_set_new(pod, "n_policies", json_integer(n + 1));
        out->pods[out->n_pods++] = i;
    }
    return 0;
}

/* `seen` has the policies' names, as "NAMESPACE/NAME". */
static int policy_read(struct import_work *w, const json_t *json, json_t *seen, struct policy *out)
{
    _cleanup_free_ char *key = NULL;
    int r;

    out->name = strdup(import_text(json, "name"));
    out->namespace = strdup(import_text(json, "namespace"));
    if (!out->name || !out->namespace || text_format(&key, "%s/%s", out->namespace, out->name) < 0)
        return -ENOMEM;
    if (!policy_says(out->name) || !policy_says(out->namespace) || json_object_get(seen, key))
        return -EINVAL;
    out->action = strcmp(import_text(json, "action"), "DENY") == 0 ? POLICY_DENY : POLICY_ALLOW;
    r = policy_rules(json, out);
    if (r < 0)
        return r;
    json_object_set_new(seen, key, json_true());
    return policy_pods(w, json, key, out);
}

int import_policies(struct import_work *w)
{
    _cleanup_json_ json_t *seen = json_object();
    const json_t *list = json_object_get(w->dump, "policies"), *entry;
    size_t i;

    w->policies.list = calloc(POLICY_LIST_MAX + 1, sizeof(*w->policies.list));
    if (!w->policies.list)
        return err_r(ENOMEM, "cannot import policies");
    json_array_foreach (list, i, entry) {
        struct policies one = {.list = calloc(1, sizeof(*one.list)), .n = 1};
        int r = one.list ? policy_read(w, entry, seen, one.list) : -ENOMEM;

        if (r == 0 && w->policies.n < POLICY_LIST_MAX) {
            one.list->id = (uint32_t)w->policies.n + 1;
            w->policies.list[w->policies.n++] = *one.list;
            free(one.list);
            continue;
        }
        w->left_out++;
        policies_clear(&one);
        if (r == -ENOMEM)
            return err_r(ENOMEM, "cannot import policies");
    }
    return 0;
}

static const char *policy_pod_name(const struct import_work *w, size_t pod)
{
    return import_text(json_array_get(w->pods, pod), "name");
}

int import_print_policies(const struct import_work *w, struct topology_printer *p)
{
    _cleanup_free_ const char **names = calloc(json_array_size(w->pods) + 1, sizeof(*names));

    if (!names)
        return err_r(ENOMEM, "cannot import policies");
    for (size_t i = 0; i < w->policies.n; i++) {
        const struct policy *policy = &w->policies.list[i];

        for (size_t j = 0; j < policy->n_pods; j++)
            names[j] = policy_pod_name(w, policy->pods[j]);
        topology_print_authorization(p, policy, names, policy->n_pods);
    }
    return 0;
}
