// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "topology/spec.h"

/* libcyaml lengthens a list by one entry at a time; room in powers of two keeps that from copying
 * a long list once for each of its entries. */
static void *load_memory(void *context, void *p, size_t size)
{
    size_t room = 32;

    (void)context;
    if (size == 0) {
        free(p);
        return NULL;
    }
    while (room < size && room <= SIZE_MAX / 2)
        room *= 2;
    return realloc(p, room < size ? size : room);
}

/* Counts libyaml's events as libcyaml takes them: the last one is where it gave up. */
static void load_count_event(cyaml_log_t level, void *count, const char *fmt, va_list ap)
{
    static const char prefix[] = "Load: Event:";

    (void)level;
    (void)ap;
    if (strncmp(fmt, prefix, sizeof(prefix) - 1) == 0)
        ++*(size_t *)count;
}

static const cyaml_config_t load_quiet = {.mem_fn = load_memory, .flags = CYAML_CFG_NO_ALIAS};

void spec_free(struct spec **spec)
{
    struct spec *s = TAKE_PTR(*spec);

    if (s)
        cyaml_free(&load_quiet, &spec_schema, s, 0);
}

/* Decimal digits only: libcyaml would take 0x50 and 080 as C does, and in 80x see 80. */
static bool load_number_ok(const char *text, uint64_t min, uint64_t max)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t number;

    if (digits == 0 || digits > 10 || text[digits] || (*text == '0' && digits > 1))
        return false;
    number = strtoull(text, NULL, 10);
    return number >= min && number <= max;
}

/* The schema of a node that is not the root, whose is there already. */
static const cyaml_schema_value_t *
load_schema(const struct document *d, const cyaml_schema_value_t *const *schemas, document_id node)
{
    const struct document_node *n = &d->nodes[node];
    const cyaml_schema_value_t *parent;
    const cyaml_schema_field_t *field;

    parent = schemas[n->parent];
    if (!parent)
        return NULL;
    if (d->nodes[n->parent].kind == DOCUMENT_SEQUENCE)
        return parent->type == CYAML_SEQUENCE ? parent->sequence.entry : NULL;
    if (parent->type != CYAML_MAPPING || n->key == DOCUMENT_NONE)
        return parent->type == CYAML_MAPPING ? parent : NULL;
    field = spec_field(parent, d->nodes[n->key].text);
    return field ? &field->value : NULL;
}

/* Whether the text has to be one: some words may be. */
static bool load_is_number(const cyaml_schema_value_t *schema, const char *text)
{
    if (schema->type != CYAML_ENUM || (schema->flags & CYAML_FLAG_STRICT))
        return schema->type == CYAML_UINT;
    for (uint32_t i = 0; i < schema->enumeration.count; i++) {
        if (strcmp(schema->enumeration.strings[i].str, text) == 0)
            return false;
    }
    return true;
}

/* Finds every node's schema from that of the root, and checks the numbers on the way. */
static int load_schemas(const struct document *d, const cyaml_schema_value_t **schemas)
{
    for (document_id i = 0; i < d->n_nodes; i++) {
        const struct document_node *n = &d->nodes[i];
        uint64_t min, max;

        if (n->parent != DOCUMENT_NONE)
            schemas[i] = load_schema(d, schemas, i);
        if (!schemas[i] || n->kind != DOCUMENT_SCALAR || !load_is_number(schemas[i], n->text))
            continue;
        spec_range(d->nodes[n->key].text, &min, &max);
        if (!load_number_ok(n->text, min, max))
            return spec_explain_value(d, schemas, i);
    }
    return 0;
}

/* Lets libcyaml fail once more, this time listening to where. */
static int load_explain(const struct document *d, const cyaml_schema_value_t *const *schemas,
                        const char *text, size_t length)
{
    size_t events = 0;
    cyaml_config_t listening = load_quiet;
    struct spec *s = NULL;
    cyaml_err_t error;

    listening.log_fn = load_count_event;
    listening.log_ctx = &events;
    listening.log_level = CYAML_LOG_DEBUG;
    error = cyaml_load_data((const uint8_t *)text, length, &listening, schemas[0],
                            (cyaml_data_t **)&s, NULL);
    spec_free(&s);
    if (error == CYAML_ERR_OOM)
        return err_r(ENOMEM, "cannot read '%s'", d->name);
    if (events == 0 || events > d->n_events || d->events[events - 1] == DOCUMENT_NONE)
        return document_error(d, 1, "%s", cyaml_strerror(error));
    return spec_explain(d, schemas, d->events[events - 1], error);
}

/* A member of a mapping; 0, the root, when there is none. */
static document_id load_member(const struct document *d, document_id mapping, const char *key)
{
    document_id child = d->nodes[mapping].child;

    while (child != DOCUMENT_NONE) {
        document_id value = d->nodes[child].next;

        if (strcmp(d->nodes[child].text, key) == 0)
            return value;
        child = d->nodes[value].next;
    }
    return 0;
}

/* The first entry of a list at the top; DOCUMENT_NONE when it has none or is not there. */
static document_id load_list(const struct document *d, const char *key)
{
    document_id list = load_member(d, 0, key);

    return list ? d->nodes[list].child : DOCUMENT_NONE;
}

/* Nor does libcyaml look whether a key that it passes over stands twice. */
static int load_address(const struct document *d, document_id owner, const char *noun,
                        const char *key, document_id *out)
{
    document_id again;

    *out = load_member(d, owner, key);
    again = *out ? d->nodes[*out].next : DOCUMENT_NONE;
    for (; again != DOCUMENT_NONE; again = d->nodes[d->nodes[again].next].next) {
        if (strcmp(d->nodes[again].text, key) == 0)
            return document_error(d, d->nodes[again].line, "key '%s' stands twice in %s", key,
                                  noun);
    }
    return 0;
}

/* What libcyaml passed over: addresses, which are one text or several. */
static int load_addresses(const struct document *d, struct spec *s)
{
    document_id entry = load_list(d, "pods");
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < s->n_pods; i++, entry = d->nodes[entry].next) {
        r = load_address(d, entry, "a pod", "ipv4", &s->pods[i].ipv4);
        if (r == 0)
            r = load_address(d, entry, "a pod", "ipv6", &s->pods[i].ipv6);
    }
    if (r < 0)
        return r;
    entry = load_list(d, "services");
    for (uint32_t i = 0; r == 0 && i < s->n_services; i++, entry = d->nodes[entry].next) {
        r = load_address(d, entry, "a service", "ipv4", &s->services[i].ipv4);
        if (r == 0)
            r = load_address(d, entry, "a service", "ipv6", &s->services[i].ipv6);
    }
    return r;
}

int spec_load(const struct document *d, const cyaml_schema_value_t *schema, const char *text,
              size_t length, struct spec **out)
{
    _cleanup_free_ const cyaml_schema_value_t **schemas = calloc(d->n_nodes, sizeof(*schemas));
    struct spec *s = NULL;
    int r;

    if (!schemas)
        return err_r(ENOMEM, "cannot read '%s'", d->name);
    schemas[0] = schema;
    r = load_schemas(d, schemas);
    if (r < 0)
        return r;
    if (cyaml_load_data((const uint8_t *)text, length, &load_quiet, schema, (cyaml_data_t **)&s,
                        NULL) != CYAML_OK)
        return load_explain(d, schemas, text, length);
    r = load_addresses(d, s);
    if (r < 0)
        spec_free(&s);
    else
        *out = s;
    return r;
}
