// SPDX-License-Identifier: Apache-2.0
#include "maps/policy_plant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "maps/decode.h"
#include "topology/policy.h"

/* Adds one part, and gives the reference to it. */
typedef int (*plant_fn)(struct policy_cells *cells, const json_t *json, uint64_t *ref);

static int plant_mistake(const char *name, const char *right)
{
    return err_say(EINVAL, "'%s' must be %s", name, right);
}

/* A reference of that type that leads nowhere: the last index, which is never given. */
static uint64_t plant_nowhere(enum km_cells type)
{
    return maps_ref(type, KM_CELLS_INDEX_MAX);
}

static bool plant_is_one_of(const char *key, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(key, *names) == 0)
            return true;
    return false;
}

/* Refuses a key that is not one of the names, or of the lists (or NAME_count of one). What
 * policy_show() adds ("at") is let be. */
static int plant_check_keys(const json_t *object, const char *const *names,
                            const char *const *lists)
{
    static const char *const shown[] = {"at", NULL};
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)object, key, value) {
        size_t length = strlen(key);
        size_t cut = length > strlen("_count") && strcmp(key + length - 6, "_count") == 0 ? 6 : 0;
        _cleanup_free_ char *list = strndup(key, length - cut);

        if (!list)
            return err_r(ENOMEM, "cannot read a policy");
        if (!plant_is_one_of(list, lists) && !plant_is_one_of(key, names) &&
            !plant_is_one_of(key, shown))
            return err_say(EINVAL, "a part of a policy has no '%.40s'", key);
    }
    return 0;
}

/* 1: `json` is a reference, and *ref has it. */
static int plant_ref(const json_t *json, enum km_cells type, uint64_t *ref)
{
    static const struct map_field fields[] = {{.name = "ref", .kind = FIELD_REF, .count = 1}, {0}};
    _cleanup_json_ json_t *object = NULL;
    int r;

    if (json_is_null(json)) {
        *ref = plant_nowhere(type);
        return 1;
    }
    if (!json_is_string(json))
        return 0;
    object = json_pack("{s:O}", "ref", json);
    r = map_decode_json(fields, PORT_ORDER_HOST, object, ref, sizeof(*ref));
    return r < 0 ? r : 1;
}

static int plant_string(struct policy_cells *cells, const json_t *json, const char *name,
                        uint64_t *ref)
{
    char text[KM_CELLS_TEXT + 1] = {0};

    if (!json) /* none */
        return 0;
    if (json_is_null(json)) {
        *ref = plant_nowhere(KM_CELLS_192);
        return 0;
    }
    if (!json_is_string(json) || json_string_length(json) > KM_CELLS_TEXT)
        return plant_mistake(name, "a text of at most 191 bytes, or null");
    memcpy(text, json_string_value(json), json_string_length(json));
    return policy_cells_put(cells, KM_CELLS_192, text, sizeof(text), ref);
}

static int plant_text(struct policy_cells *cells, const json_t *json, uint64_t *ref)
{
    struct policy_element element = {0};
    struct km_string_match match = {0};
    int r;

    if (json_is_null(json)) {
        *ref = plant_nowhere(KM_CELLS_64);
        return 0;
    }
    if (!json_is_string(json) ||
        policy_element_parse(POLICY_PRINCIPALS, json_string_value(json), &element) < 0)
        return plant_mistake("principals", "texts, with '*' at one end or none");
    match.kind = element.comparison;
    r = policy_cells_put(cells, KM_CELLS_192, element.text, strlen(element.text) + 1, &match.text);
    free(element.text);
    return r < 0 ? r : policy_cells_put(cells, KM_CELLS_64, &match, sizeof(match), ref);
}

/* {"bytes": "HEX", "prefix": N} */
static int plant_raw_block(const json_t *json, uint8_t bytes[64], struct km_block *block)
{
    const json_t *hex = json_object_get(json, "bytes"), *prefix = json_object_get(json, "prefix");
    _cleanup_json_ json_t *raw = NULL;
    size_t size = json_string_length(hex) / 2;

    if (!json_is_string(hex) || !json_is_integer(prefix) || size > 64)
        return plant_mistake("a block", "ADDRESS/PREFIX or {\"bytes\": \"HEX\", \"prefix\": N}");
    block->bytes.count = size;
    block->prefix = (uint32_t)json_integer_value(prefix);
    raw = json_pack("{s:O}", "raw", hex);
    return map_decode_json(NULL, PORT_ORDER_HOST, raw, bytes, size);
}

static int plant_block(struct policy_cells *cells, const json_t *json, uint64_t *ref)
{
    struct policy_element element = {0};
    struct km_block block = {0};
    uint8_t bytes[64] = {0};
    int r = 0;

    if (json_is_null(json)) {
        *ref = plant_nowhere(KM_CELLS_64);
        return 0;
    }
    if (json_is_string(json) &&
        policy_element_parse(POLICY_SOURCE_IPS, json_string_value(json), &element) == 0) {
        block.bytes.count = element.address.af == AF_INET ? 4 : 16;
        block.prefix = element.prefix;
        memcpy(bytes, element.address.bytes, block.bytes.count);
    } else {
        r = plant_raw_block(json, bytes, &block);
    }
    if (r < 0)
        return r;
    r = policy_cells_put(cells, KM_CELLS_64, bytes, sizeof(bytes), &block.bytes.array);
    return r < 0 ? r : policy_cells_put(cells, KM_CELLS_64, &block, sizeof(block), ref);
}

static int plant_ports(const json_t *array, uint8_t cell[1600])
{
    const json_t *element;
    size_t i;

    if (json_array_size(array) > KM_CELLS_PORTS)
        return plant_mistake("ports", "at most 400");
    json_array_foreach (array, i, element) {
        uint32_t port = (uint32_t)json_integer_value(element);

        if (!json_is_integer(element))
            return plant_mistake("ports", "numbers");
        memcpy(cell + i * sizeof(port), &port, sizeof(port));
    }
    return 0;
}

static int plant_parts(struct policy_cells *cells, const json_t *array, const char *name,
                       plant_fn part, uint8_t cell[1600])
{
    const json_t *element;
    size_t i;

    if (json_array_size(array) > KM_CELLS_REFS)
        return plant_mistake(name, "at most 200");
    json_array_foreach (array, i, element) {
        uint64_t ref = 0;
        int r = part(cells, element, &ref);

        if (r < 0)
            return r;
        memcpy(cell + i * sizeof(ref), &ref, sizeof(ref));
    }
    return 0;
}

/* The list `name` of an object; `part` NULL: ports. Left out: none. */
static int plant_list(struct policy_cells *cells, const json_t *object, const char *name,
                      plant_fn part, struct km_list *out)
{
    const json_t *array = json_object_get(object, name), *count;
    _cleanup_free_ char *key = NULL;
    uint8_t cell[1600] = {0};
    int r = text_format(&key, "%s_count", name);

    if (r < 0)
        return r;
    count = json_object_get(object, key);
    out->count = array ? 1 : 0;
    if (json_is_array(array)) {
        out->count = json_array_size(array);
        r = part ? plant_parts(cells, array, name, part, cell) : plant_ports(array, cell);
        if (r >= 0 && out->count)
            r = policy_cells_put(cells, KM_CELLS_1600, cell, sizeof(cell), &out->array);
    } else if (array) {
        r = plant_ref(array, KM_CELLS_1600, &out->array);
        if (r == 0)
            return plant_mistake(name, "a list, MAP/INDEX or null");
    }
    if (count)
        out->count = (uint64_t)json_integer_value(count);
    return r < 0 ? r : 0;
}

static int plant_match(struct policy_cells *cells, const json_t *json, uint64_t *ref)
{
    static const plant_fn parts[] = {
        [POLICY_TEXTS] = plant_text, [POLICY_BLOCKS] = plant_block, [POLICY_PORTS] = NULL};
    static const char *const none[] = {NULL};
    const char *lists[POLICY_LISTS + 1] = {NULL};
    struct km_match match = {0};
    int r = plant_ref(json, KM_CELLS_192, ref);

    if (r != 0)
        return r;
    if (!json_is_object(json))
        return plant_mistake("matches", "objects");
    for (enum policy_list_kind kind = 0; kind < POLICY_LISTS; kind++)
        lists[kind] = policy_list_name(kind);
    r = plant_check_keys(json, none, lists);
    if (r < 0)
        return r;
    for (enum policy_list_kind kind = 0; kind < POLICY_LISTS; kind++) {
        r = plant_list(cells, json, policy_list_name(kind), parts[policy_element_kind(kind)],
                       &match.lists[kind]);
        if (r < 0)
            return r;
    }
    return policy_cells_put(cells, KM_CELLS_192, &match, sizeof(match), ref);
}

/* A rule or a clause, which differ in name alone. */
static int plant_node(struct policy_cells *cells, const json_t *json, const char *name,
                      plant_fn part, uint64_t *ref)
{
    const char *const lists[] = {name, NULL};
    struct km_rule node = {0};
    int r = plant_ref(json, KM_CELLS_64, ref);

    if (r != 0)
        return r;
    if (!json_is_object(json))
        return plant_mistake("a rule or a clause", "an object");
    r = plant_check_keys(json, lists + 1, lists);
    if (r < 0)
        return r;
    r = plant_list(cells, json, name, part, &node.clauses);
    return r < 0 ? r : policy_cells_put(cells, KM_CELLS_64, &node, sizeof(node), ref);
}

static int plant_clause(struct policy_cells *cells, const json_t *json, uint64_t *ref)
{
    return plant_node(cells, json, "matches", plant_match, ref);
}

static int plant_rule(struct policy_cells *cells, const json_t *json, uint64_t *ref)
{
    return plant_node(cells, json, "clauses", plant_clause, ref);
}

int policy_plant(struct policy_cells *cells, uint32_t id, const json_t *policy)
{
    static const char *const names[] = {"id", "name", "namespace", "scope", "action", NULL};
    static const char *const lists[] = {"rules", NULL};
    struct km_authorization value = {.scope = KM_SCOPE_WORKLOAD};
    _cleanup_json_ json_t *words = json_object();
    int r = plant_check_keys(policy, names, lists);

    if (r < 0)
        return r;
    r = plant_string(cells, json_object_get(policy, "name"), "name", &value.name);
    if (r < 0)
        return r;
    r = plant_string(cells, json_object_get(policy, "namespace"), "namespace", &value.namespace);
    if (r < 0)
        return r;
    r = plant_list(cells, policy, "rules", plant_rule, &value.rules);
    if (r < 0)
        return r;
    json_object_set(words, "action", json_object_get(policy, "action"));
    json_object_set(words, "scope", json_object_get(policy, "scope"));
    r = map_decode_json(map_layout("km_authz_policy")->value, PORT_ORDER_HOST, words, &value,
                        sizeof(value));
    return r < 0 ? r : map_entries_add(&cells->policies, &id, &value);
}
