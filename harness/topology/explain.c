// SPDX-License-Identifier: Apache-2.0
/* What libcyaml refused, in one line: what was found, and what would be right. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "topology/spec.h"

/* Room for a list of keys or words; the longest is a match's keys. */
#define EXPLAIN_MAX 240

static void explain_add(char out[EXPLAIN_MAX], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void explain_add(char out[EXPLAIN_MAX], const char *fmt, ...)
{
    size_t used = strlen(out);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(out + used, EXPLAIN_MAX - used, fmt, ap);
    va_end(ap);
}

/* "'port'", "an entry of 'nodes'", "the topology". */
static void explain_label(const struct document *d, document_id node, char out[EXPLAIN_MAX])
{
    const char *key = document_key(d, node);
    char quoted[TEXT_QUOTE_MAX];

    if (!key)
        explain_add(out, "the topology");
    else
        explain_add(out, "%s'%s'", d->nodes[node].key == DOCUMENT_NONE ? "an entry of " : "",
                    text_quote(key, quoted));
}

/* "'abc'", "empty", "a list", "a mapping". */
static void explain_found(const struct document_node *n, char out[EXPLAIN_MAX])
{
    char quoted[TEXT_QUOTE_MAX];

    if (n->kind == DOCUMENT_SEQUENCE)
        explain_add(out, "a list");
    else if (n->kind == DOCUMENT_MAPPING)
        explain_add(out, "a mapping");
    else if (*n->text == '\0')
        explain_add(out, "empty");
    else
        explain_add(out, "'%s'", text_quote(n->text, quoted));
}

static void explain_keys(const cyaml_schema_value_t *schema, char out[EXPLAIN_MAX])
{
    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++)
        explain_add(out, "%s%s", f == schema->mapping.fields ? "" : ", ", f->key);
}

static void explain_number(const char *key, char out[EXPLAIN_MAX])
{
    uint64_t min, max;

    spec_range(key, &min, &max);
    explain_add(out, "a whole number from %" PRIu64 " to %" PRIu64, min, max);
}

/* What would be right. */
static void explain_right(const cyaml_schema_value_t *schema, const char *key,
                          char out[EXPLAIN_MAX])
{
    bool only_words = schema->flags & CYAML_FLAG_STRICT;

    switch (schema->type) {
    case CYAML_UINT:
        explain_number(key, out);
        break;
    case CYAML_ENUM:
        for (uint32_t i = 0; i < schema->enumeration.count; i++)
            explain_add(out, "%s%s",
                        i > 0        ? ", "
                        : only_words ? "one of "
                                     : "",
                        schema->enumeration.strings[i].str);
        if (only_words)
            break;
        explain_add(out, " or ");
        explain_number(key, out);
        break;
    case CYAML_SEQUENCE:
        explain_add(out, "a list");
        break;
    case CYAML_MAPPING:
        explain_add(out, "a mapping with the keys ");
        explain_keys(schema, out);
        break;
    default:
        explain_add(out, "a word");
        break;
    }
}

int spec_explain_value(const struct document *d, const cyaml_schema_value_t *const *schemas,
                       document_id node)
{
    char label[EXPLAIN_MAX] = "", found[EXPLAIN_MAX] = "", right[EXPLAIN_MAX] = "";

    explain_label(d, node, label);
    explain_found(&d->nodes[node], found);
    explain_right(schemas[node], document_key(d, node), right);
    return document_error(d, d->nodes[node].line, "%s is %s, must be %s", label, found, right);
}

static int explain_unknown_key(const struct document *d, const cyaml_schema_value_t *schema,
                               document_id node)
{
    char quoted[TEXT_QUOTE_MAX], keys[EXPLAIN_MAX] = "";

    explain_keys(schema, keys);
    return document_error(d, d->nodes[node].line, "unknown key '%s', %s has the keys %s",
                          text_quote(d->nodes[node].text, quoted), spec_noun(schema), keys);
}

/* Whether the mapping `node` has that key. */
static bool explain_has(const struct document *d, document_id node, const char *key)
{
    document_id child = d->nodes[node].child;

    while (child != DOCUMENT_NONE) {
        if (strcmp(d->nodes[child].text, key) == 0)
            return true;
        child = d->nodes[d->nodes[child].next].next;
    }
    return false;
}

static int explain_missing(const struct document *d, const cyaml_schema_value_t *schema,
                           document_id node)
{
    const cyaml_schema_field_t *f = schema->mapping.fields;

    while (f->key && ((f->value.flags & CYAML_FLAG_OPTIONAL) || explain_has(d, node, f->key)))
        f++;
    return document_error(d, d->nodes[node].line, "%s without '%s'", spec_noun(schema),
                          f->key ? f->key : "a key that it needs");
}

static int explain_length(const struct document *d, const cyaml_schema_value_t *const *schemas,
                          document_id node, cyaml_err_t error)
{
    char label[EXPLAIN_MAX] = "";

    if (error == CYAML_ERR_SEQUENCE_ENTRIES_MIN) {
        explain_label(d, node, label);
        return document_error(d, d->nodes[node].line, "%s has no entries, must have at least %u",
                              label, schemas[node]->sequence.min);
    }
    explain_label(d, d->nodes[node].parent, label);
    return document_error(d, d->nodes[node].line, "%s has more than %u entries", label,
                          schemas[d->nodes[node].parent]->sequence.max);
}

int spec_explain(const struct document *d, const cyaml_schema_value_t *const *schemas,
                 document_id node, cyaml_err_t error)
{
    char quoted[TEXT_QUOTE_MAX];

    switch (error) {
    case CYAML_ERR_INVALID_KEY:
        return explain_unknown_key(d, schemas[node], node);
    case CYAML_ERR_INVALID_VALUE:
        return spec_explain_value(d, schemas, node);
    case CYAML_ERR_UNEXPECTED_EVENT:
        return document_error(d, d->nodes[node].line, "key '%s' stands twice in %s",
                              text_quote(d->nodes[node].text, quoted), spec_noun(schemas[node]));
    case CYAML_ERR_MAPPING_FIELD_MISSING:
        return explain_missing(d, schemas[node], node);
    case CYAML_ERR_SEQUENCE_ENTRIES_MIN:
    case CYAML_ERR_SEQUENCE_ENTRIES_MAX:
        return explain_length(d, schemas, node, error);
    default:
        return document_error(d, d->nodes[node].line, "%s", cyaml_strerror(error));
    }
}
