// SPDX-License-Identifier: Apache-2.0
#include "maps/field.h"
#include "maps/policy_cells.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

static_assert(KM_CELLS_REFS == POLICY_REFS_MAX, "references of an array");
static_assert(KM_CELLS_PORTS == POLICY_PORTS_MAX, "ports of an array");
static_assert(KM_CELLS_TEXT == POLICY_TEXT_MAX, "bytes of a string");
static_assert(KM_CELLS_INDEX_MAX == POLICY_INDEX_MAX, "indices");
static_assert(KM_POLICIES == POLICY_POD_MAX, "policies of a workload");
static_assert(ARRAY_SIZE(((struct km_match *)0)->lists) == POLICY_LISTS, "lists of a match");

uint32_t policy_cell_size(enum km_cells type)
{
    static const uint32_t sizes[KM_CELLS] = {64, 192, 296, 1600};

    return sizes[type];
}

void policy_cells_init(struct policy_cells *cells)
{
    *cells = (struct policy_cells){
        .policies = {.key_size = 4, .value_size = sizeof(struct km_authorization)},
    };
    for (enum km_cells type = 0; type < KM_CELLS; type++) {
        cells->cells[type] =
            (struct map_entries){.key_size = 4, .value_size = policy_cell_size(type)};
        cells->next[type] = 1;
    }
}

void policy_cells_free(struct policy_cells *cells)
{
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        map_entries_free(&cells->cells[type]);
    map_entries_free(&cells->policies);
}

static int policy_next_index(struct policy_cells *cells, enum km_cells type, uint32_t *out)
{
    int taken = 1;

    while (taken > 0 && cells->next[type] <= KM_CELLS_INDEX_MAX) {
        *out = cells->next[type]++;
        taken = cells->taken ? cells->taken(cells->data, type, *out) : 0;
    }
    if (taken > 0)
        return err_say(ENOSPC, "no index of '%s' is left for a policy", map_cells_name(type));
    return taken;
}

/* One part, behind which its cell is zero. */
int policy_cells_put(struct policy_cells *cells, enum km_cells type, const void *bytes, size_t size,
                     uint64_t *ref)
{
    uint8_t cell[1600] = {0};
    uint32_t index;
    int r = policy_next_index(cells, type, &index);

    if (r < 0)
        return r;
    memcpy(cell, bytes, size);
    *ref = maps_ref(type, index);
    return map_entries_add(&cells->cells[type], &index, cell);
}

static int policy_put_string(struct policy_cells *cells, const char *text, uint64_t *ref)
{
    return policy_cells_put(cells, KM_CELLS_192, text, strlen(text) + 1, ref);
}

static int policy_put_text(struct policy_cells *cells, const struct policy_element *element,
                           uint64_t *ref)
{
    struct km_string_match match = {.kind = element->comparison};
    int r = policy_put_string(cells, element->text, &match.text);

    return r < 0 ? r : policy_cells_put(cells, KM_CELLS_64, &match, sizeof(match), ref);
}

static int policy_put_block(struct policy_cells *cells, const struct policy_element *element,
                            uint64_t *ref)
{
    size_t size = element->address.af == AF_INET ? 4 : 16;
    struct km_block block = {.bytes.count = size, .prefix = element->prefix};
    int r = policy_cells_put(cells, KM_CELLS_64, element->address.bytes, size, &block.bytes.array);

    return r < 0 ? r : policy_cells_put(cells, KM_CELLS_64, &block, sizeof(block), ref);
}

static int policy_put_refs(struct policy_cells *cells, const uint64_t *refs, size_t n,
                           struct km_list *out)
{
    out->count = n;
    return n ? policy_cells_put(cells, KM_CELLS_1600, refs, n * sizeof(*refs), &out->array) : 0;
}

static int policy_put_ports(struct policy_cells *cells, const struct policy_list *list,
                            struct km_list *out)
{
    uint32_t ports[KM_CELLS_PORTS];

    for (size_t i = 0; i < list->n; i++)
        ports[i] = list->elements[i].port;
    out->count = list->n;
    if (list->n == 0)
        return 0;
    return policy_cells_put(cells, KM_CELLS_1600, ports, list->n * sizeof(*ports), &out->array);
}

static int policy_put_list(struct policy_cells *cells, enum policy_list_kind kind,
                           const struct policy_list *list, struct km_list *out)
{
    enum policy_element_kind elements = policy_element_kind(kind);
    uint64_t refs[KM_CELLS_REFS];

    if (elements == POLICY_PORTS)
        return policy_put_ports(cells, list, out);
    for (size_t i = 0; i < list->n; i++) {
        int r = elements == POLICY_BLOCKS ? policy_put_block(cells, &list->elements[i], &refs[i])
                                          : policy_put_text(cells, &list->elements[i], &refs[i]);

        if (r < 0)
            return r;
    }
    return policy_put_refs(cells, refs, list->n, out);
}

static int policy_put_match(struct policy_cells *cells, const struct policy_match *match,
                            uint64_t *ref)
{
    struct km_match value = {0};

    for (enum policy_list_kind kind = 0; kind < POLICY_LISTS; kind++) {
        int r = policy_put_list(cells, kind, &match->lists[kind], &value.lists[kind]);

        if (r < 0)
            return r;
    }
    return policy_cells_put(cells, KM_CELLS_192, &value, sizeof(value), ref);
}

static int policy_put_clause(struct policy_cells *cells, const struct policy_clause *clause,
                             uint64_t *ref)
{
    struct km_clause value = {0};
    uint64_t refs[KM_CELLS_REFS];
    int r;

    for (size_t i = 0; i < clause->n; i++) {
        r = policy_put_match(cells, &clause->matches[i], &refs[i]);
        if (r < 0)
            return r;
    }
    r = policy_put_refs(cells, refs, clause->n, &value.matches);
    return r < 0 ? r : policy_cells_put(cells, KM_CELLS_64, &value, sizeof(value), ref);
}

static int policy_put_rule(struct policy_cells *cells, const struct policy_rule *rule,
                           uint64_t *ref)
{
    struct km_rule value = {0};
    uint64_t refs[KM_CELLS_REFS];
    int r;

    for (size_t i = 0; i < rule->n; i++) {
        r = policy_put_clause(cells, &rule->clauses[i], &refs[i]);
        if (r < 0)
            return r;
    }
    r = policy_put_refs(cells, refs, rule->n, &value.clauses);
    return r < 0 ? r : policy_cells_put(cells, KM_CELLS_64, &value, sizeof(value), ref);
}

int policy_cells_add(struct policy_cells *cells, const struct policy *policy)
{
    struct km_authorization value = {.scope = KM_SCOPE_WORKLOAD, .action = policy->action};
    uint64_t refs[KM_CELLS_REFS];
    int r;

    for (enum km_cells type = 0; type < KM_CELLS; type++)
        if (cells->next[type] < policy->index)
            cells->next[type] = policy->index;
    r = policy_put_string(cells, policy->name, &value.name);
    if (r < 0)
        return r;
    r = policy_put_string(cells, policy->namespace, &value.namespace);
    if (r < 0)
        return r;
    for (size_t i = 0; i < policy->n_rules; i++) {
        r = policy_put_rule(cells, &policy->rules[i], &refs[i]);
        if (r < 0)
            return r;
    }
    r = policy_put_refs(cells, refs, policy->n_rules, &value.rules);
    return r < 0 ? r : map_entries_add(&cells->policies, &policy->id, &value);
}

int policy_cells_add_all(struct policy_cells *cells, const struct policies *policies)
{
    for (size_t i = 0; i < policies->n; i++) {
        int r = policy_cells_add(cells, &policies->list[i]);

        if (r < 0)
            return r;
    }
    return 0;
}
