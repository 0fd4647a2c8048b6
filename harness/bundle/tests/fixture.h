/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of bundles share: a directory of their own, and a small bundle in it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "bundle/bundle.h"
#include "bundle/pack.h"
#include "common/cleanup.h"
#include "common/tests/capture.h"

static char fixture_dir[64];

static inline int fixture_make_dir(void **unused)
{
    (void)unused;
    strcpy(fixture_dir, "/tmp/waypost-bundle-test.XXXXXX");
    return mkdtemp(fixture_dir) ? 0 : -1;
}

static inline int fixture_remove_dir(void **unused)
{
    char command[128];

    (void)unused;
    snprintf(command, sizeof(command), "rm -rf '%s'", fixture_dir);
    return system(command);
}

/* Of the test's directory; the same buffer every time. */
static inline const char *fixture_path(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", fixture_dir, name);
    return path;
}

static inline void fixture_write(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(fixture_path(name), "we");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* Two frontends and a flow. */
static inline void fixture_bundle(const char *name)
{
    struct bundle_map map = {.name = strdup("km_frontend"),
                             .called = strdup("km_frontend"),
                             .id = 7,
                             .type = BPF_MAP_TYPE_HASH,
                             .key_size = 16,
                             .value_size = 4,
                             .max_entries = 105000,
                             .has_entries = true,
                             .layout = map_layout("km_frontend"),
                             .entries = {.key_size = 16, .value_size = 4}};
    struct bundle_writer *w = NULL;
    json_t *flows = json_pack("[{s:s, s:[s]}]", "from", "10.0.0.1", "to", "10.96.0.1:80");
    json_t *node = json_pack("{s:s}", "kernel", "6.1");
    uint32_t one = 1, two = 2;

    assert_int_equal(map_entries_add(&map.entries, (uint8_t[16]){10, 96, 0, 2}, &two), 0);
    assert_int_equal(map_entries_add(&map.entries, (uint8_t[16]){10, 96, 0, 1}, &one), 0);
    assert_int_equal(map_entries_sort(&map.entries), 0);
    assert_int_equal(bundle_writer_new(fixture_path(name), &w), 0);
    assert_int_equal(bundle_write_map(w, &map), 0);
    assert_int_equal(bundle_write_json(w, "flows.json", flows), 0);
    assert_int_equal(bundle_write_json(w, "node.json", node), 0);
    assert_int_equal(bundle_writer_finish(w), 0);
    bundle_writer_free(&w);
    bundle_map_free(&map);
    json_decref(flows);
    json_decref(node);
}

/* Writes a manifest of these files (NULL-terminated), as they are now. */
static inline void fixture_list(const char *name, const char *const *files)
{
    json_t *rows = json_array(),
           *manifest = json_pack("{s:i, s:o}", "waypost_bundle", BUNDLE_VERSION, "files", rows);
    char path[128], digest[24];

    for (; *files; files++) {
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *bytes = NULL;
        size_t room = 0;
        ssize_t n;

        snprintf(path, sizeof(path), "%s/%s", name, *files);
        f = fopen(fixture_path(path), "re");
        assert_non_null(f);
        n = getdelim(&bytes, &room, EOF, f);
        assert_true(n > 0);
        snprintf(digest, sizeof(digest), "%016llx",
                 (unsigned long long)XXH3_64bits(bytes, (size_t)n));
        json_array_append_new(rows, json_pack("{s:s, s:I, s:s}", "name", *files, "size",
                                              (json_int_t)n, "xxh3", digest));
    }
    snprintf(path, sizeof(path), "%s/manifest.json", name);
    assert_int_equal(json_dump_file(manifest, fixture_path(path), 0), 0);
    json_decref(manifest);
}

/* It is refused with one line, in which the words stand. */
static inline void fixture_refused(const char *name, int code, const char *words)
{
    struct bundle *b = NULL;
    struct capture said;
    int r;

    capture_start(&said);
    r = bundle_open(fixture_path(name), &b);
    capture_end(&said);
    assert_int_equal(r, code);
    assert_null(b);
    assert_int_equal(said.messages, 1);
    if (!strstr(said.last, words))
        fail_msg("'%s' is not in '%s'", words, said.last);
    assert_null(strchr(said.last, '\n'));
}
