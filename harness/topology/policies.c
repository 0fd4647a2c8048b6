// SPDX-License-Identifier: Apache-2.0
/* Policies as a person writes them, made into clauses of matches. */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "topology/build.h"

#define POLICIES_NAMESPACE "default"

/* Where in the file something stands: an entry of a list, or the value of a key. It is looked up
 * when there is something to say about it, not before. */
#define POLICIES_NO_INDEX SIZE_MAX

struct policies_place {
    const struct build *build;
    const struct policies_place *in; /* NULL: the file */
    const char *key;
    size_t index;
};

static struct policies_place policies_below(const struct policies_place *at, const char *key,
                                            size_t index)
{
    return (struct policies_place){at->build, at, key, index};
}

static void policies_path(const struct policies_place *at, FILE *out)
{
    if (!at->in)
        return;
    policies_path(at->in, out);
    fprintf(out, "/%s", at->key);
    if (at->index != POLICIES_NO_INDEX)
        fprintf(out, "/%zu", at->index);
}

static size_t policies_line(const struct policies_place *at)
{
    _cleanup_free_ char *path = NULL;
    size_t size;
    FILE *out = open_memstream(&path, &size);

    if (!out)
        return 1;
    policies_path(at, out);
    return fclose(out) == 0 ? document_line(at->build->document, "%s", path) : 1;
}

static int policies_error(const struct policies_place *at, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* `key`: of what stands there; NULL: all of it. */
static int policies_error(const struct policies_place *at, const char *key, const char *fmt, ...)
{
    struct policies_place value = policies_below(at, key, POLICIES_NO_INDEX);
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = document_error_v(at->build->document, policies_line(key ? &value : at), fmt, ap);
    va_end(ap);
    return r;
}

static int policies_no_memory(const struct build *b)
{
    return err_r(ENOMEM, "cannot read '%s'", b->document->name);
}

/* A zeroed array of `n`, whose length goes to *count; never NULL for want of elements. */
static void *policies_array(size_t n, size_t size, size_t *count)
{
    void *array = calloc(n ? n : 1, size);

    *count = array ? n : 0;
    return array;
}

static int policies_element_error(const struct policies_place *at, enum policy_list_kind kind,
                                  const char *key, const char *text, size_t i)
{
    struct policies_place entry = policies_below(at, key, i);
    char quoted[TEXT_QUOTE_MAX];

    return policies_error(&entry, NULL, "'%s' has '%s', must be %s", key, text_quote(text, quoted),
                          policy_element_right(kind));
}

/* `key` is what the list is called in the file. */
static int policies_list(const struct policies_place *at, enum policy_list_kind kind,
                         const char *key, const struct spec_list *s, struct policy_list *out)
{
    size_t max = policy_element_kind(kind) == POLICY_PORTS ? POLICY_PORTS_MAX : POLICY_REFS_MAX;

    if (s->n > max)
        return policies_error(at, key, "'%s' has more than %zu entries", key, max);
    out->elements = policies_array(s->n, sizeof(*out->elements), &out->n);
    if (!out->elements)
        return policies_no_memory(at->build);
    for (size_t i = 0; i < s->n; i++) {
        int r = policy_element_parse(kind, s->texts[i], &out->elements[i]);

        if (r == -ENOMEM)
            return policies_no_memory(at->build);
        if (r < 0)
            return policies_element_error(at, kind, key, s->texts[i], i);
    }
    return 0;
}

/* What a list is called in a source or an operation; NULL where neither has it. */
static const char *policies_part_key(enum policy_list_kind kind)
{
    static const char *const keys[POLICY_LISTS] = {
        [POLICY_NAMESPACES] = "namespaces",   [POLICY_NOT_NAMESPACES] = "notNamespaces",
        [POLICY_PRINCIPALS] = "principals",   [POLICY_NOT_PRINCIPALS] = "notPrincipals",
        [POLICY_SOURCE_IPS] = "ipBlocks",     [POLICY_NOT_SOURCE_IPS] = "notIpBlocks",
        [POLICY_DESTINATION_PORTS] = "ports", [POLICY_NOT_DESTINATION_PORTS] = "notPorts",
    };

    return keys[kind];
}

static int policies_match(const struct policies_place *at,
                          const char *(*key)(enum policy_list_kind), const struct spec_match *s,
                          struct policy_match *out)
{
    for (enum policy_list_kind kind = 0; kind < POLICY_LISTS; kind++) {
        int r =
            key(kind) ? policies_list(at, kind, key(kind), &s->lists[kind], &out->lists[kind]) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

/* Each of the parts of `from` or `to` is a match of one clause. */
static int policies_parts(const struct policies_place *at, const char *key, const char *inner,
                          const struct spec_part *parts, size_t n, struct policy_clause *out)
{
    out->matches = policies_array(n, sizeof(*out->matches), &out->n);
    if (!out->matches)
        return policies_no_memory(at->build);
    for (size_t i = 0; i < n; i++) {
        struct policies_place part = policies_below(at, key, i);
        struct policies_place match = policies_below(&part, inner, POLICIES_NO_INDEX);
        int r = policies_match(&match, policies_part_key, parts[i].match, &out->matches[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

static int policies_when_kind(const struct policies_place *at, const struct spec_when *s,
                              enum policy_list_kind *out)
{
    static const struct {
        const char *key;
        enum policy_list_kind kind;
    } keys[] = {
        {"source.ip", POLICY_SOURCE_IPS},
        {"source.namespace", POLICY_NAMESPACES},
        {"source.principal", POLICY_PRINCIPALS},
        {"destination.ip", POLICY_DESTINATION_IPS},
        {"destination.port", POLICY_DESTINATION_PORTS},
    };
    char quoted[TEXT_QUOTE_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        *out = keys[i].kind;
        if (strcmp(keys[i].key, s->key) == 0)
            return 0;
    }
    return policies_error(at, "key",
                          "the kernel cannot judge by '%s', a condition's key is one of source.ip, "
                          "source.namespace, source.principal, destination.ip, destination.port",
                          text_quote(s->key, quoted));
}

/* A condition is a clause of one match. */
static int policies_when(const struct policies_place *at, const struct spec_when *s,
                         struct policy_clause *out)
{
    enum policy_list_kind kind;
    int r = policies_when_kind(at, s, &kind);

    if (r < 0)
        return r;
    if (s->values.n == 0 && s->not_values.n == 0)
        return policies_error(at, NULL, "a condition without 'values' or 'notValues'");
    out->matches = policies_array(1, sizeof(*out->matches), &out->n);
    if (!out->matches)
        return policies_no_memory(at->build);
    r = policies_list(at, kind, "values", &s->values, &out->matches[0].lists[kind]);
    if (r < 0)
        return r;
    return policies_list(at, kind + 1, "notValues", &s->not_values,
                         &out->matches[0].lists[kind + 1]);
}

static int policies_clause(const struct policies_place *at, const struct spec_clause *s,
                           struct policy_clause *out)
{
    out->matches = policies_array(s->n_matches, sizeof(*out->matches), &out->n);
    if (!out->matches)
        return policies_no_memory(at->build);
    for (size_t i = 0; i < s->n_matches; i++) {
        struct policies_place match = policies_below(at, "matches", i);
        int r = policies_match(&match, policy_list_name, &s->matches[i], &out->matches[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* As a person writes it; *out has room for every clause. */
static int policies_conditions(const struct policies_place *at, const struct spec_rule *s,
                               struct policy_clause *out)
{
    int r = s->n_from ? policies_parts(at, "from", "source", s->from, s->n_from, out++) : 0;

    if (r < 0)
        return r;
    r = s->n_to ? policies_parts(at, "to", "operation", s->to, s->n_to, out++) : 0;
    for (size_t i = 0; r >= 0 && i < s->n_when; i++) {
        struct policies_place when = policies_below(at, "when", i);

        r = policies_when(&when, &s->when[i], out++);
    }
    return r;
}

static int policies_rule(const struct policies_place *at, const struct spec_rule *s,
                         struct policy_rule *out)
{
    size_t n = (s->n_from > 0) + (s->n_to > 0) + s->n_when;

    if (n && s->n_clauses)
        return policies_error(at, "clauses", "'clauses' beside 'from', 'to' or 'when'");
    out->clauses = policies_array(n + s->n_clauses, sizeof(*out->clauses), &out->n);
    if (!out->clauses)
        return policies_no_memory(at->build);
    for (size_t i = 0; i < s->n_clauses; i++) {
        struct policies_place clause = policies_below(at, "clauses", i);
        int r = policies_clause(&clause, &s->clauses[i], &out->clauses[i]);

        if (r < 0)
            return r;
    }
    return n ? policies_conditions(at, s, out->clauses) : 0;
}

static int policies_name(const struct policies_place *at, const char *key, const char *text,
                         char **out)
{
    char quoted[TEXT_QUOTE_MAX];

    if (policy_text_check(text) < 0)
        return policies_error(at, key,
                              "'%s' is '%s', must be at most %d bytes without control "
                              "characters",
                              key, text_quote(text, quoted), POLICY_TEXT_MAX);
    *out = strdup(text);
    return *out ? 0 : policies_no_memory(at->build);
}

static int policies_policy(const struct policies_place *at, const struct spec_policy *s,
                           struct policy *out)
{
    int r = policies_name(at, "name", s->name, &out->name);

    if (r < 0)
        return r;
    r = policies_name(at, "namespace", s->namespace ?: POLICIES_NAMESPACE, &out->namespace);
    if (r < 0)
        return r;
    out->action = s->action;
    out->id = s->id;
    out->index = s->index;
    out->rules = policies_array(s->n_rules, sizeof(*out->rules), &out->n_rules);
    if (!out->rules)
        return policies_no_memory(at->build);
    for (size_t i = 0; i < s->n_rules; i++) {
        struct policies_place rule = policies_below(at, "rules", i);

        r = policies_rule(&rule, &s->rules[i], &out->rules[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

int build_policies(struct build *b)
{
    const struct policies_place top = {.build = b};
    struct policies *out = &b->topology->policies;
    const struct spec *s = b->spec;

    out->list = policies_array(s->n_policies, sizeof(*out->list), &out->n);
    if (!out->list)
        return policies_no_memory(b);
    for (size_t i = 0; i < s->n_policies; i++) {
        struct policies_place at = policies_below(&top, "policies", i);
        int r = policies_policy(&at, &s->policies[i], &out->list[i]);

        if (r < 0)
            return r;
    }
    return build_policy_names(b);
}
