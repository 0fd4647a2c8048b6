/* SPDX-License-Identifier: Apache-2.0 */
/* A dump, written with ' for ", and the topology that it becomes. */
#pragma once

#include "bundle/tests/fixture.h"
#include "field/import.h"
#include "topology/topology.h"

static inline const char *written(const char *text)
{
    char json[8192];
    size_t n = strlen(text);

    assert_true(n < sizeof(json));
    for (size_t i = 0; i <= n; i++)
        json[i] = (char)(text[i] == '\'' ? '"' : text[i]);
    fixture_write("dump.json", json, n);
    return fixture_path("dump.json");
}

static inline struct topology *imported_with(const char *text, const struct import_options *options)
{
    struct topology *t = NULL;
    char *yaml = NULL;
    size_t size;
    FILE *f = open_memstream(&yaml, &size);

    assert_int_equal(import_run(written(text), options, f), 0);
    fclose(f);
    if (topology_parse("imported", yaml, size, &t) < 0)
        fail_msg("%s", yaml);
    free(yaml);
    return t;
}

static inline struct topology *imported(const char *text, const char *node)
{
    const struct import_options options = {.waypoint_port = 15008, .node = node};

    return imported_with(text, &options);
}
