// SPDX-License-Identifier: Apache-2.0
#include "maps/policy_show.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/text.h"
#include "maps/encode.h"
#include "maps/policy_cells.h"

struct policy_reader {
    const struct policy_source *source;
    size_t parts; /* that were read */
};

static json_t *policy_fault(uint64_t ref, const char *fault)
{
    return json_pack("{s:o, s:s}", "at", map_ref_json(ref), "fault", fault);
}

/* The cell behind a reference that must be of that type. NULL, or what is wrong with it. */
static const char *policy_cell(struct policy_reader *r, uint64_t ref, enum km_cells type,
                               void *cell)
{
    if (r->parts >= POLICY_SHOW_PARTS)
        return "not read: too many parts";
    r->parts++;
    if ((uint32_t)ref == 0)
        return "no reference";
    if ((uint32_t)ref >> 24 != type)
        return "a cell of the wrong map";
    if (r->source->read(r->source->data, type, (uint32_t)ref & KM_CELLS_INDEX_MAX, cell) < 0)
        return "not there";
    return NULL;
}

static json_t *policy_string(struct policy_reader *r, uint64_t ref)
{
    char cell[KM_CELLS_TEXT + 1];
    const char *fault = policy_cell(r, ref, KM_CELLS_192, cell);

    if (fault)
        return policy_fault(ref, fault);
    cell[KM_CELLS_TEXT] = '\0';
    return json_string(text_clean_line(cell)) ?: policy_fault(ref, "no text");
}

static json_t *policy_text(struct policy_reader *r, uint64_t ref)
{
    static const char *const forms[] = {
        [POLICY_EXACT] = "%s", [POLICY_PREFIX] = "%s*", [POLICY_SUFFIX] = "*%s"};
    uint8_t cell[64];
    const char *fault = policy_cell(r, ref, KM_CELLS_64, cell);
    struct km_string_match match;
    json_t *text;

    if (fault)
        return policy_fault(ref, fault);
    memcpy(&match, cell, sizeof(match));
    if (match.kind < POLICY_EXACT || match.kind > POLICY_SUFFIX)
        return policy_fault(ref, "a comparison that there is not");
    text = policy_string(r, match.text);
    if (json_is_string(text)) {
        json_t *whole = NULL;

        whole = json_sprintf(forms[match.kind], json_string_value(text));
        json_decref(text);
        return whole;
    }
    return text;
}

static json_t *policy_block(struct policy_reader *r, uint64_t ref)
{
    uint8_t cell[64], bytes[64];
    const char *fault = policy_cell(r, ref, KM_CELLS_64, cell);
    struct policy_element element = {.address.af = AF_INET};
    char text[POLICY_ELEMENT_TEXT];
    struct km_block block;

    if (fault)
        return policy_fault(ref, fault);
    memcpy(&block, cell, sizeof(block));
    if (block.bytes.count != 4 && block.bytes.count != 16)
        return policy_fault(ref, "an address of neither 4 nor 16 bytes");
    fault = policy_cell(r, block.bytes.array, KM_CELLS_64, bytes);
    if (fault)
        return policy_fault(block.bytes.array, fault);
    if (block.bytes.count == 16)
        element.address.af = AF_INET6;
    memcpy(element.address.bytes, bytes, block.bytes.count);
    element.prefix = block.prefix;
    return json_string(policy_element_text(POLICY_SOURCE_IPS, &element, text));
}

typedef json_t *(*policy_part_fn)(struct policy_reader *r, uint64_t ref);

/* Null references, which a count that lies has many of, are one fault. */
static json_t *policy_parts(struct policy_reader *r, const uint8_t *cell, uint64_t n,
                            policy_part_fn part)
{
    json_t *array = json_array();
    size_t none = 0;

    for (size_t i = 0; i < n && i < KM_CELLS_REFS; i++) {
        uint64_t ref;

        memcpy(&ref, cell + i * sizeof(ref), sizeof(ref));
        none += (uint32_t)ref == 0;
        if ((uint32_t)ref)
            json_array_append_new(array, part(r, ref));
    }
    if (none)
        json_array_append_new(array, json_pack("{s:n, s:o}", "at", "fault",
                                               json_sprintf("no reference, %zu times", none)));
    return array;
}

static json_t *policy_ports(const uint8_t *cell, uint64_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n && i < KM_CELLS_PORTS; i++) {
        uint32_t port;

        memcpy(&port, cell + i * sizeof(port), sizeof(port));
        json_array_append_new(array, json_integer(port));
    }
    return array;
}

/* The list as a member of an object; `part` NULL: ports. */
static void policy_list(struct policy_reader *r, const struct km_list *list, const char *name,
                        policy_part_fn part, json_t *object)
{
    uint8_t cell[1600];
    const char *fault = list->count ? policy_cell(r, list->array, KM_CELLS_1600, cell) : NULL;
    json_t *array;

    if (list->count > (part ? KM_CELLS_REFS : KM_CELLS_PORTS)) {
        char key[64];

        snprintf(key, sizeof(key), "%s_count", name);
        json_object_set_new(object, key, json_integer((json_int_t)list->count));
    }
    if (fault)
        array = policy_fault(list->array, fault);
    else if (part)
        array = policy_parts(r, cell, list->count, part);
    else
        array = policy_ports(cell, list->count);
    json_object_set_new(object, name, array);
}

static json_t *policy_match(struct policy_reader *r, uint64_t ref)
{
    static const policy_part_fn parts[] = {
        [POLICY_TEXTS] = policy_text, [POLICY_BLOCKS] = policy_block, [POLICY_PORTS] = NULL};
    uint8_t cell[192];
    const char *fault = policy_cell(r, ref, KM_CELLS_192, cell);
    struct km_match match;
    json_t *object;

    if (fault)
        return policy_fault(ref, fault);
    memcpy(&match, cell, sizeof(match));
    object = json_pack("{s:o}", "at", map_ref_json(ref));
    for (enum policy_list_kind kind = 0; kind < POLICY_LISTS; kind++)
        if (match.lists[kind].count)
            policy_list(r, &match.lists[kind], policy_list_name(kind),
                        parts[policy_element_kind(kind)], object);
    return object;
}

/* A rule or a clause, which differ in name alone. */
static json_t *policy_node(struct policy_reader *r, uint64_t ref, const char *name,
                           policy_part_fn part)
{
    uint8_t cell[64];
    const char *fault = policy_cell(r, ref, KM_CELLS_64, cell);
    struct km_rule node;
    json_t *object;

    if (fault)
        return policy_fault(ref, fault);
    memcpy(&node, cell, sizeof(node));
    object = json_pack("{s:o}", "at", map_ref_json(ref));
    policy_list(r, &node.clauses, name, part, object);
    return object;
}

static json_t *policy_clause(struct policy_reader *r, uint64_t ref)
{
    return policy_node(r, ref, "matches", policy_match);
}

static json_t *policy_rule(struct policy_reader *r, uint64_t ref)
{
    return policy_node(r, ref, "clauses", policy_clause);
}

json_t *policy_show(const struct policy_source *source, uint32_t id,
                    const struct km_authorization *value)
{
    struct policy_reader r = {.source = source};
    json_t *fields = map_fields_json(map_layout("km_authz_policy")->value, PORT_ORDER_HOST, value,
                                     sizeof(*value));
    json_t *object = json_pack(
        "{s:I, s:o, s:o, s:O, s:O}", "id", (json_int_t)id, "name", policy_string(&r, value->name),
        "namespace", policy_string(&r, value->namespace), "scope", json_object_get(fields, "scope"),
        "action", json_object_get(fields, "action"));

    json_decref(fields);
    if (object)
        policy_list(&r, &value->rules, "rules", policy_rule, object);
    return object;
}
