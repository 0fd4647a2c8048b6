// SPDX-License-Identifier: Apache-2.0
#include "bundle/tests/fixture.h"

#include <errno.h>
#include <fcntl.h>

static void expect_the_bundle(const char *name)
{
    struct bundle *b = NULL;
    const struct bundle_map *map;
    uint32_t value;

    assert_int_equal(bundle_open(fixture_path(name), &b), 0);
    assert_int_equal(b->n_maps, 1);
    map = bundle_map(b, "km_frontend");
    assert_non_null(map);
    assert_null(bundle_map(b, "km_service"));
    assert_int_equal(map->entries.n, 2);
    assert_int_equal(map->max_entries, 105000);
    assert_ptr_equal(map->layout, map_layout("km_frontend"));
    assert_memory_equal(map_entries_key(&map->entries, 1), ((uint8_t[16]){10, 96, 0, 2}), 16);
    memcpy(&value, map_entries_value(&map->entries, 1), 4);
    assert_int_equal(value, 2);
    assert_int_equal(json_array_size(b->flows), 1);
    assert_string_equal(json_string_value(json_object_get(b->node, "kernel")), "6.1");
    assert_int_equal(b->objects.n, 0);
    bundle_free(&b);
    assert_null(b);
}

static void a_directory_is_read_as_it_was_written(void **unused)
{
    (void)unused;
    fixture_bundle("plain");
    expect_the_bundle("plain");
    assert_int_equal(access(fixture_path("plain.partial"), F_OK), -1);
}

static void an_archive_is_read_as_it_was_written(void **unused)
{
    struct stat st;

    (void)unused;
    fixture_bundle("packed.tar.zst");
    assert_int_equal(stat(fixture_path("packed.tar.zst"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(access(fixture_path("packed.tar.zst.partial"), F_OK), -1);
    /* Nothing is unpacked to the disk. */
    setenv("TMPDIR", "/nowhere", 1);
    expect_the_bundle("packed.tar.zst");
    unsetenv("TMPDIR");
}

static void entries_are_readable_as_text(void **unused)
{
    char text[256] = "";
    FILE *f;

    (void)unused;
    fixture_bundle("text");
    f = fopen(fixture_path("text/maps/km_frontend.json"), "re");
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof(text), f));
    assert_string_equal(text, "{\"key\":{\"address\":\"10.96.0.1\"},\"value\":{\"upstream\":1}}\n");
    fclose(f);
}

static void nothing_is_overwritten(void **unused)
{
    struct bundle_writer *w = NULL;
    struct capture said;

    (void)unused;
    fixture_write("there", "x", 1);
    capture_start(&said);
    assert_int_equal(bundle_writer_new(fixture_path("there"), &w), -EEXIST);
    capture_end(&said);
    assert_null(w);
}

static void what_was_not_finished_is_not_there(void **unused)
{
    struct bundle_writer *w = NULL;
    json_t *j = json_object();

    (void)unused;
    assert_int_equal(bundle_writer_new(fixture_path("half"), &w), 0);
    assert_int_equal(bundle_write_json(w, "node.json", j), 0);
    bundle_writer_free(&w);
    assert_int_equal(access(fixture_path("half"), F_OK), -1);
    assert_int_equal(access(fixture_path("half.partial"), F_OK), -1);
    json_decref(j);
}

static void names_stay_inside(void **unused)
{
    static const char *const bad[] = {"",     "/etc/passwd", "../x",    "a/../b", "a/b/c",
                                      "a//b", "a/",          ".hidden", "a/.b",   "-x",
                                      "a b",  "a\n",         "a\\..",   "maps/-x"};
    static const char *const good[] = {"manifest.json", "maps/km_frontend.bin", "objects/a-b.c.o"};

    (void)unused;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(bundle_name_check(bad[i]), -EINVAL);
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_int_equal(bundle_name_check(good[i]), 0);
}

static void changed_bytes_are_noticed(void **unused)
{
    int fd;

    (void)unused;
    fixture_bundle("bytes");
    fd = open(fixture_path("bytes/maps/km_frontend.bin"), O_WRONLY);
    assert_int_equal(pwrite(fd, "x", 1, 3), 1);
    close(fd);
    fixture_refused("bytes", -EINVAL, "is damaged: the digest of 'maps/km_frontend.bin' is");
}

static void a_file_that_is_cut_short_is_noticed(void **unused)
{
    (void)unused;
    fixture_bundle("short");
    assert_int_equal(truncate(fixture_path("short/maps/km_frontend.bin"), 10), 0);
    fixture_refused("short", -EINVAL, "'maps/km_frontend.bin' has 10 bytes, its manifest says 40");
}

static void a_file_that_is_missing_is_noticed(void **unused)
{
    (void)unused;
    fixture_bundle("missing");
    assert_int_equal(unlink(fixture_path("missing/node.json")), 0);
    fixture_refused("missing", -EINVAL, "has no 'node.json'");
}

static void a_link_is_not_followed(void **unused)
{
    (void)unused;
    fixture_bundle("link");
    assert_int_equal(unlink(fixture_path("link/node.json")), 0);
    assert_int_equal(symlink("/etc/hostname", fixture_path("link/node.json")), 0);
    fixture_refused("link", -EINVAL, "'node.json' is no file");
}

/* Nor is a directory that is one, whose files are right. */
static void a_linked_directory_is_not_followed(void **unused)
{
    char elsewhere[256];

    (void)unused;
    fixture_bundle("linked");
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", fixture_dir);
    assert_int_equal(rename(fixture_path("linked/maps"), elsewhere), 0);
    assert_int_equal(symlink(elsewhere, fixture_path("linked/maps")), 0);
    fixture_refused("linked", -EINVAL, "'maps' is no file");
}

static void manifest(const char *name, const char *text)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/manifest.json", name);
    fixture_write(path, text, strlen(text));
}

static void another_version_is_refused(void **unused)
{
    (void)unused;
    fixture_bundle("version");
    manifest("version", "{\"waypost_bundle\": 2, \"files\": []}");
    fixture_refused("version", -EINVAL, "is a bundle of version 2; this waypost reads version 1");
    manifest("version", "{\"files\": []}");
    fixture_refused("version", -EINVAL, "is no bundle");
    manifest("version", "{");
    fixture_refused("version", -EINVAL, "manifest.json:1 is no JSON");
    manifest("version", "{\"waypost_bundle\": 1}");
    fixture_refused("version", -EINVAL, "its manifest has no list");
}

static void names_that_point_outside_are_refused(void **unused)
{
    (void)unused;
    fixture_bundle("outside");
    manifest("outside", "{\"waypost_bundle\": 1, \"files\": "
                        "[{\"name\": \"../../etc/passwd\", \"size\": 1, \"xxh3\": \"0\"}]}");
    fixture_refused("outside", -EINVAL, "names a file that no bundle has, '../../etc/passwd'");
}

static void too_large_is_refused(void **unused)
{
    (void)unused;
    fixture_bundle("large");
    manifest("large", "{\"waypost_bundle\": 1, \"files\": ["
                      "{\"name\": \"node.json\", \"size\": 99999999999, \"xxh3\": \"0\"}]}");
    fixture_refused("large", -EINVAL, "size");
    fixture_bundle("large2");
    assert_int_equal(truncate(fixture_path("large2/manifest.json"), BUNDLE_JSON_MAX + 1), 0);
    fixture_refused("large2", -EFBIG, "'manifest.json' is too large");
}

static void what_is_no_bundle_is_refused(void **unused)
{
    (void)unused;
    fixture_refused("nowhere", -ENOENT, "cannot open the bundle");
    assert_int_equal(mkdir(fixture_path("empty"), 0700), 0);
    fixture_refused("empty", -EINVAL, "has no 'manifest.json'");
    fixture_write("noise", "this is no archive", 18);
    fixture_refused("noise", -EINVAL, "is damaged or no .tar.zst");
}

/* The manifest agrees with a maps.json that does not agree with the bytes. */
static void sizes_that_disagree_are_refused(void **unused)
{
    struct bundle_writer *w = NULL;
    json_t *maps =
        json_pack("[{s:s, s:i, s:i, s:i, s:i, s:i, s:s}]", "name", "km_frontend", "type", 1, "key",
                  16, "value", 4, "max_entries", 10, "entries", 3, "file", "maps/x.bin");

    (void)unused;
    fixture_write("x", "12345", 5);
    assert_int_equal(bundle_writer_new(fixture_path("sizes"), &w), 0);
    assert_int_equal(bundle_write_file(w, "maps/x.bin", fixture_path("x")), 0);
    assert_int_equal(bundle_writer_finish(w), 0);
    bundle_writer_free(&w);
    json_dump_file(maps, fixture_path("sizes/maps.json"), 0);
    fixture_list("sizes", (const char *const[]){"maps.json", "maps/x.bin", NULL});
    fixture_refused("sizes", -EINVAL, "'maps/x.bin' has 5 bytes, 3 entries of 20 have 60");
    json_decref(maps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_is_read_as_it_was_written),
        cmocka_unit_test(an_archive_is_read_as_it_was_written),
        cmocka_unit_test(entries_are_readable_as_text),
        cmocka_unit_test(nothing_is_overwritten),
        cmocka_unit_test(what_was_not_finished_is_not_there),
        cmocka_unit_test(names_stay_inside),
        cmocka_unit_test(changed_bytes_are_noticed),
        cmocka_unit_test(a_file_that_is_cut_short_is_noticed),
        cmocka_unit_test(a_file_that_is_missing_is_noticed),
        cmocka_unit_test(a_link_is_not_followed),
        cmocka_unit_test(a_linked_directory_is_not_followed),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(names_that_point_outside_are_refused),
        cmocka_unit_test(too_large_is_refused),
        cmocka_unit_test(what_is_no_bundle_is_refused),
        cmocka_unit_test(sizes_that_disagree_are_refused),
    };

    return cmocka_run_group_tests(tests, fixture_make_dir, fixture_remove_dir);
}
