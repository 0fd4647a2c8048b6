// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as the maps of policies: what shows a policy, and what redacts those of a bundle, ends
 * and stays in bounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/redact_policy.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "maps/field.h"
#include "maps/policy_cells.h"
#include "maps/policy_show.h"

#define FUZZ_CELLS  64 /* of a map */
#define FUZZ_RECORD 24

static void fuzz_expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

/* Where in a cell the readers look; what no reader uses need not be guessed. */
static size_t fuzz_offset(uint8_t byte, size_t size)
{
    size_t offset = (size_t)byte * 8;

    return offset < size ? offset : 24;
}

/* A record is: map, index, where in the cell, 8 bytes that go there. References to small indices
 * lead somewhere. */
static void fuzz_take(const uint8_t *record, struct bundle_map maps[REDACT_POLICY_MAPS])
{
    struct bundle_map *map = &maps[record[0] % REDACT_POLICY_MAPS];
    uint32_t index = record[1] % FUZZ_CELLS;
    uint8_t *value = map->entries.values + (size_t)index * map->entries.value_size;

    for (size_t i = 2; i < FUZZ_RECORD - 8; i += 9) {
        size_t offset = fuzz_offset(record[i], map->entries.value_size - 8);

        memcpy(value + offset, record + i + 1, 8);
    }
}

static void fuzz_make(struct bundle_map maps[REDACT_POLICY_MAPS])
{
    for (size_t m = 0; m < REDACT_POLICY_MAPS; m++) {
        const char *name = m < KM_CELLS ? map_cells_name((uint32_t)m) : "km_authz_policy";
        const struct map_layout *layout = map_layout(name);
        static const uint8_t zero[1600];

        maps[m] = (struct bundle_map){.name = strdup(name),
                                      .has_entries = true,
                                      .layout = layout,
                                      .entries = {.key_size = 4, .value_size = layout->value_size}};
        for (uint32_t i = 0; i < FUZZ_CELLS; i++)
            if (map_entries_add(&maps[m].entries, &i, zero) < 0)
                abort();
    }
}

static int fuzz_cell(void *data, enum km_cells type, uint32_t index, void *cell)
{
    const struct bundle_map *map = &((struct bundle_map *)data)[type];
    ssize_t at = map->has_entries ? map_entries_find(&map->entries, &index) : -1;

    if (at < 0)
        return -1;
    memcpy(cell, map_entries_value(&map->entries, (size_t)at), map->entries.value_size);
    return 0;
}

static void fuzz_show(struct bundle_map maps[REDACT_POLICY_MAPS])
{
    const struct policy_source source = {fuzz_cell, maps};

    for (size_t i = 0; i < maps[KM_CELLS].entries.n && i < 2; i++) {
        struct km_authorization value;
        _cleanup_json_ json_t *json = NULL;
        _cleanup_free_ char *text = NULL;

        memcpy(&value, map_entries_value(&maps[KM_CELLS].entries, i), sizeof(value));
        json = policy_show(&source, 1, &value);
        fuzz_expect(json != NULL, "a policy is shown");
        text = json_dumps(json, JSON_COMPACT);
        fuzz_expect(text != NULL, "and is text");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bundle_map maps[REDACT_POLICY_MAPS];
    struct redact *redact = NULL;

    fuzz_make(maps);
    for (; size >= FUZZ_RECORD; data += FUZZ_RECORD, size -= FUZZ_RECORD)
        fuzz_take(data, maps);
    fuzz_show(maps);
    if (redact_new(&redact) < 0)
        abort();
    fuzz_expect(redact_policies(redact, maps) == 0, "policies are redacted");
    redact_free(&redact);
    fuzz_show(maps);
    for (size_t i = 0; i < REDACT_POLICY_MAPS; i++)
        bundle_map_free(&maps[i]);
    return 0;
}
