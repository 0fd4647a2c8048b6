// SPDX-License-Identifier: Apache-2.0
#include "bundle/redact_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "maps/field.h"
#include "maps/policy_cells.h"
#include "topology/policy.h"

/* What a cell is, by what leads to it. An array's kind is that of its elements, and its own. */
enum policy_cell_kind {
    CELL_UNSEEN,
    CELL_AMBIGUOUS,
    CELL_STRING,
    CELL_TEXT,
    CELL_V4,
    CELL_V6,
    CELL_BLOCK,
    CELL_MATCH,
    CELL_CLAUSE,
    CELL_RULE,
    CELL_PORTS,
    CELL_ARRAY, /* of texts: CELL_ARRAY + CELL_TEXT, and so on */
};

struct policy_cell_seen {
    uint8_t kind;
    uint16_t n; /* of an array: the elements that have been looked at */
};

struct redact_policy {
    struct redact *redact;
    const struct map_entries *cells[KM_CELLS]; /* as they were; NULL: not there */
    struct policy_cell_seen *seen[KM_CELLS];   /* a row for each of the cells */
};

int redact_policy_place(const char *name)
{
    enum km_cells type = map_cells_type(name);

    if (type < KM_CELLS)
        return type;
    return strcmp(name, "km_authz_policy") == 0 ? KM_CELLS : -1;
}

static enum km_cells policy_kind_type(unsigned int kind)
{
    if (kind >= CELL_PORTS)
        return KM_CELLS_1600;
    return kind == CELL_STRING || kind == CELL_MATCH ? KM_CELLS_192 : KM_CELLS_64;
}

/* The cell behind a reference, its place in *at; NULL when it is not there. */
static const uint8_t *policy_cell(const struct redact_policy *p, uint64_t ref, enum km_cells type,
                                  size_t *at)
{
    uint32_t index = (uint32_t)ref & KM_CELLS_INDEX_MAX;
    ssize_t found;

    if ((uint32_t)ref >> 24 != type || !p->cells[type])
        return NULL;
    found = map_entries_find(p->cells[type], &index);
    if (found < 0)
        return NULL;
    *at = (size_t)found;
    return map_entries_value(p->cells[type], *at);
}

static void policy_follow(struct redact_policy *p, uint64_t ref, unsigned int kind);

static void policy_follow_list(struct redact_policy *p, const struct km_list *list,
                               unsigned int kind)
{
    enum km_cells type = KM_CELLS_1600;
    size_t at, max = kind == CELL_PORTS ? KM_CELLS_PORTS : KM_CELLS_REFS;
    const uint8_t *cell = list->count ? policy_cell(p, list->array, type, &at) : NULL;
    size_t n = list->count < max ? (size_t)list->count : max, from;

    if (!cell)
        return;
    policy_follow(p, list->array, kind);
    from = p->seen[type][at].n;
    if (n > from)
        p->seen[type][at].n = (uint16_t)n;
    for (size_t i = from; kind > CELL_ARRAY && i < n; i++) {
        uint64_t ref;

        memcpy(&ref, cell + i * sizeof(ref), sizeof(ref));
        policy_follow(p, ref, kind - CELL_ARRAY);
    }
}

static void policy_follow_block(struct redact_policy *p, const uint8_t *cell)
{
    struct km_block block;

    memcpy(&block, cell, sizeof(block));
    if (block.bytes.count == 4 || block.bytes.count == 16)
        policy_follow(p, block.bytes.array, block.bytes.count == 4 ? CELL_V4 : CELL_V6);
}

static void policy_follow_match(struct redact_policy *p, const uint8_t *cell)
{
    static const unsigned int kinds[] = {[POLICY_TEXTS] = CELL_ARRAY + CELL_TEXT,
                                         [POLICY_BLOCKS] = CELL_ARRAY + CELL_BLOCK,
                                         [POLICY_PORTS] = CELL_PORTS};
    struct km_match match;

    memcpy(&match, cell, sizeof(match));
    for (enum policy_list_kind kind = 0; kind < POLICY_LISTS; kind++)
        policy_follow_list(p, &match.lists[kind], kinds[policy_element_kind(kind)]);
}

/* What a cell of that kind leads to. */
static void policy_follow_cell(struct redact_policy *p, const uint8_t *cell, unsigned int kind)
{
    struct km_string_match text;
    struct km_rule node;

    memcpy(&text, cell, sizeof(text));
    memcpy(&node, cell, sizeof(node));
    if (kind == CELL_TEXT)
        policy_follow(p, text.text, CELL_STRING);
    else if (kind == CELL_BLOCK)
        policy_follow_block(p, cell);
    else if (kind == CELL_MATCH)
        policy_follow_match(p, cell);
    else if (kind == CELL_CLAUSE)
        policy_follow_list(p, &node.clauses, CELL_ARRAY + CELL_MATCH);
    else if (kind == CELL_RULE)
        policy_follow_list(p, &node.clauses, CELL_ARRAY + CELL_CLAUSE);
}

/* Every cell is gone into once, as what it is first led to as: whatever leads to whatever, this
 * ends. A cell leads only to kinds before its own, so it does not go deep either. */
static void policy_follow(struct redact_policy *p, uint64_t ref, unsigned int kind)
{
    enum km_cells type = policy_kind_type(kind);
    size_t at;
    const uint8_t *cell = policy_cell(p, ref, type, &at);
    struct policy_cell_seen *seen = cell ? &p->seen[type][at] : NULL;

    if (!cell || seen->kind == kind)
        return;
    if (seen->kind != CELL_UNSEEN) {
        seen->kind = CELL_AMBIGUOUS;
        return;
    }
    seen->kind = (uint8_t)kind;
    policy_follow_cell(p, cell, kind);
}

/* --- written anew --- */

static uint64_t policy_ref(uint64_t ref)
{
    return (uint32_t)ref;
}

static struct km_list policy_list(const struct km_list *list)
{
    return (struct km_list){list->count, policy_ref(list->array)};
}

static int policy_new_address(struct redact_policy *p, const uint8_t *cell, int af, uint8_t *out)
{
    struct address from = {.af = af}, to;
    size_t size = af == AF_INET ? 4 : 16;
    int r;

    memcpy(from.bytes, cell, size);
    r = redact_address(p->redact, &from, &to);
    if (r == 0)
        memcpy(out, to.bytes, size);
    return r;
}

static void policy_new_text(const uint8_t *cell, uint8_t *out)
{
    struct km_string_match from, to = {0};

    memcpy(&from, cell, sizeof(from));
    to.kind = from.kind;
    to.text = policy_ref(from.text);
    memcpy(out, &to, sizeof(to));
}

static void policy_new_block(const uint8_t *cell, uint8_t *out)
{
    struct km_block from, to = {0};

    memcpy(&from, cell, sizeof(from));
    to.bytes = policy_list(&from.bytes);
    to.prefix = from.prefix;
    memcpy(out, &to, sizeof(to));
}

static void policy_new_match(const uint8_t *cell, uint8_t *out)
{
    struct km_match from, to = {0};

    memcpy(&from, cell, sizeof(from));
    for (size_t i = 0; i < POLICY_LISTS; i++)
        to.lists[i] = policy_list(&from.lists[i]);
    memcpy(out, &to, sizeof(to));
}

static void policy_new_node(const uint8_t *cell, uint8_t *out)
{
    struct km_rule from, to = {0};

    memcpy(&from, cell, sizeof(from));
    to.clauses = policy_list(&from.clauses);
    memcpy(out, &to, sizeof(to));
}

static void policy_new_array(const uint8_t *cell, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t ref;

        memcpy(&ref, cell + i * sizeof(ref), sizeof(ref));
        ref = policy_ref(ref);
        memcpy(out + i * sizeof(ref), &ref, sizeof(ref));
    }
}

/* The cell without what no reader uses; `out` is zero. */
static int policy_new_cell(struct redact_policy *p, const uint8_t *cell,
                           const struct policy_cell_seen *seen, uint8_t *out)
{
    switch (seen->kind) {
    case CELL_STRING:
        return redact_word(p->redact, (const char *)cell, KM_CELLS_TEXT + 1, (char *)out);
    case CELL_V4:
        return policy_new_address(p, cell, AF_INET, out);
    case CELL_V6:
        return policy_new_address(p, cell, AF_INET6, out);
    case CELL_TEXT:
        policy_new_text(cell, out);
        return 0;
    case CELL_BLOCK:
        policy_new_block(cell, out);
        return 0;
    case CELL_MATCH:
        policy_new_match(cell, out);
        return 0;
    case CELL_PORTS:
        memcpy(out, cell, seen->n * sizeof(uint32_t));
        return 0;
    case CELL_CLAUSE:
    case CELL_RULE:
        policy_new_node(cell, out);
        return 0;
    default:
        policy_new_array(cell, seen->n, out);
        return 0;
    }
}

static int policy_new_cells(struct redact_policy *p, enum km_cells type, struct map_entries *out)
{
    const struct map_entries *cells = p->cells[type];

    for (size_t i = 0; i < cells->n; i++) {
        uint8_t cell[1600] = {0};
        int r;

        if (p->seen[type][i].kind <= CELL_AMBIGUOUS)
            continue;
        r = policy_new_cell(p, map_entries_value(cells, i), &p->seen[type][i], cell);
        if (r < 0)
            return r;
        r = map_entries_add(out, map_entries_key(cells, i), cell);
        if (r < 0)
            return r;
    }
    return 0;
}

static void policy_new_policy(struct redact_policy *p, uint8_t *bytes)
{
    struct km_authorization from, to = {0};

    memcpy(&from, bytes, sizeof(from));
    policy_follow(p, from.name, CELL_STRING);
    policy_follow(p, from.namespace, CELL_STRING);
    policy_follow_list(p, &from.rules, CELL_ARRAY + CELL_RULE);
    to.name = policy_ref(from.name);
    to.namespace = policy_ref(from.namespace);
    to.scope = from.scope;
    to.action = from.action;
    to.rules = policy_list(&from.rules);
    memcpy(bytes, &to, sizeof(to));
}

static int policy_look(struct redact_policy *p, struct bundle_map maps[REDACT_POLICY_MAPS])
{
    struct bundle_map *policies = &maps[KM_CELLS];

    for (size_t i = 0; i < REDACT_POLICY_MAPS; i++)
        maps[i].has_entries = maps[i].has_entries && maps[i].layout && i != KM_CELLS_296;
    for (enum km_cells type = 0; type < KM_CELLS; type++) {
        if (!maps[type].has_entries)
            continue;
        p->cells[type] = &maps[type].entries;
        p->seen[type] = calloc(maps[type].entries.n + 1, sizeof(*p->seen[type]));
        if (!p->seen[type])
            return err_r(ENOMEM, "cannot redact");
    }
    for (size_t i = 0; policies->has_entries && i < policies->entries.n; i++)
        policy_new_policy(p, policies->entries.values + i * policies->entries.value_size);
    return 0;
}

static void redact_policy_free(struct redact_policy *p)
{
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        free(p->seen[type]);
}

int redact_policies(struct redact *redact, struct bundle_map maps[REDACT_POLICY_MAPS])
{
    _cleanup_(redact_policy_free) struct redact_policy p = {.redact = redact};
    int r = policy_look(&p, maps);

    for (enum km_cells type = 0; r >= 0 && type < KM_CELLS; type++) {
        struct map_entries cells = {.key_size = 4, .value_size = policy_cell_size(type)};

        if (!maps[type].has_entries)
            continue;
        r = policy_new_cells(&p, type, &cells);
        map_entries_free(&maps[type].entries);
        maps[type].entries = cells;
    }
    return r;
}
