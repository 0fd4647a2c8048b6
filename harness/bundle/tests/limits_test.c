// SPDX-License-Identifier: Apache-2.0
/* Small bundles that ask for much: each is refused within 100 MB and a second of CPU. */
#include "bundle/tests/fixture.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/json.h"

#define LIMIT_KB   (100 * 1000)
#define LIMIT_ROWS 512
#define LIMIT_ZERO (16u << 20)

static void put(const char *name, char *text, size_t n)
{
    fixture_write(name, text, n);
    free(text);
}

/* As an archive, in a process of its own that is measured. */
static void refused_cheaply(const char *dir, const char *const *files, const char *words)
{
    char *const names[] = {"manifest.json", (char *)files[0], files[1] ? (char *)files[1] : NULL,
                           NULL};
    char archive[64], from[256];
    struct rusage used;
    int status;
    pid_t pid;

    fixture_list(dir, files);
    snprintf(archive, sizeof(archive), "%s.tar.zst", dir);
    snprintf(from, sizeof(from), "%s", fixture_path(dir));
    assert_int_equal(pack_write(fixture_path(archive), from, names), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct bundle *b = NULL;
        struct capture said;
        int r;

        capture_start(&said);
        r = bundle_open(fixture_path(archive), &b);
        if (!strstr(said.last, words))
            fprintf(stderr, "'%s' is not in '%s'\n", words, said.last);
        _exit(r < 0 && !b && said.messages == 1 && strstr(said.last, words) ? 0 : 1);
    }
    assert_int_equal(wait4(pid, &status, 0, &used), pid);
    assert_int_equal(status, 0);
#ifndef __SANITIZE_ADDRESS__
    assert_true(used.ru_maxrss < LIMIT_KB);
    assert_int_equal(used.ru_utime.tv_sec + used.ru_stime.tv_sec, 0);
#endif
}

static void many_maps_of_one_file(void **unused)
{
    json_t *rows = json_array();
    char name[24];

    (void)unused;
    assert_int_equal(mkdir(fixture_path("rows"), 0700), 0);
    assert_int_equal(mkdir(fixture_path("rows/maps"), 0700), 0);
    put("rows/maps/x.bin", calloc(1, LIMIT_ZERO), LIMIT_ZERO);
    for (int i = 0; i < LIMIT_ROWS; i++) {
        snprintf(name, sizeof(name), "m%d", i);
        json_array_append_new(rows,
                              json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:s}", "name", name, "type",
                                        1, "key", 16, "value", 16, "max_entries", 1, "entries",
                                        (int)(LIMIT_ZERO / 32), "file", "maps/x.bin"));
    }
    assert_int_equal(json_dump_file(rows, fixture_path("rows/maps.json"), 0), 0);
    json_decref(rows);
    refused_cheaply("rows", (const char *const[]){"maps.json", "maps/x.bin", NULL},
                    "the file of map 'm1', 'maps/x.bin', is another map's");
}

/* `piece` again and again: an array of `size` bytes. */
static void many_values(const char *dir, const char *piece, size_t size)
{
    size_t n = strlen(piece);
    char *text = malloc(size + n);
    char name[64];
    size_t used = 1;

    assert_non_null(text);
    text[0] = '[';
    while (used + n < size)
        used = (size_t)(stpcpy(text + used, piece) - text);
    text[used - 1] = ']';
    assert_int_equal(mkdir(fixture_path(dir), 0700), 0);
    snprintf(name, sizeof(name), "%s/flows.json", dir);
    put(name, text, used);
    refused_cheaply(dir, (const char *const[]){"flows.json", NULL}, "takes more than 88 MiB");
}

static void much_json(void **unused)
{
    (void)unused;
    many_values("objects", "{},", 15u << 20);
    many_values("arrays", "[],", 15u << 20);
    many_values("numbers", "0,", 15u << 20);
    many_values("pairs", "{\"\":0},", 15u << 20);
}

/* `text` is read in a process of its own, which takes no more than was worked out. */
static void worked_out(const char *piece, const char *text, size_t size)
{
    struct rusage used;
    json_error_t error;
    json_t *j = NULL;
    int64_t left = INT64_MAX;
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(json_parse_within(text, size, &left, &j, &error) == 0 ? 0 : 1);
    assert_int_equal(wait4(pid, &status, 0, &used), pid);
    assert_int_equal(status, 0);
    assert_int_equal(json_parse_within(text, size, &left, &j, &error), 0);
    json_decref(j);
#ifndef __SANITIZE_ADDRESS__
    if (used.ru_maxrss * 1024 > INT64_MAX - left + (16 << 20))
        fail_msg("'%s': %ld KiB, worked out as %lld", piece, used.ru_maxrss,
                 (long long)((INT64_MAX - left) >> 10));
#else
    (void)piece;
#endif
}

static void json_takes_what_was_worked_out(void **unused)
{
    static const char *const pieces[] = {"{},", "[],", "0,", "{\"\":0},", "[[0]],", "\"\","};

    (void)unused;
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
        _cleanup_free_ char *text = malloc(1u << 20);
        size_t n = strlen(pieces[i]), size = 1;

        assert_non_null(text);
        text[0] = '[';
        for (; size + n < 1u << 20; size += n)
            memcpy(text + size, pieces[i], n);
        text[size - 1] = ']';
        worked_out(pieces[i], text, size);
    }
}

static void what_the_manifest_does_not_list(void **unused)
{
    (void)unused;
    fixture_bundle("extra");
    assert_int_equal(mkdir(fixture_path("extra/objects"), 0700), 0);
    fixture_write("extra/objects/x.o", "x", 1);
    fixture_refused("extra", -EINVAL, "has 'objects/x.o' in it, which its manifest lists nowhere");
    unlink(fixture_path("extra/objects/x.o"));
    assert_int_equal(mkdir(fixture_path("extra/objects/deep"), 0700), 0);
    fixture_refused("extra", -EINVAL, "'objects/deep' is no file");
    fixture_bundle("twice");
    fixture_list("twice", (const char *const[]){"maps.json", "maps.json", NULL});
    fixture_refused("twice", -EINVAL, "which its manifest lists");
}

static void a_digest_is_made_safe(void **unused)
{
    static const char text[] = "{\"waypost_bundle\": 1, \"files\": [{\"name\": \"node.json\", "
                               "\"size\": 1, \"xxh3\": \"\\u001b[2J\"}]}";

    (void)unused;
    fixture_bundle("escape");
    fixture_write("escape/manifest.json", text, strlen(text));
    fixture_write("escape/node.json", "x", 1);
    fixture_refused("escape", -EINVAL, "its manifest says ?[2J");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_maps_of_one_file),
        cmocka_unit_test(much_json),
        cmocka_unit_test(json_takes_what_was_worked_out),
        cmocka_unit_test(what_the_manifest_does_not_list),
        cmocka_unit_test(a_digest_is_made_safe),
    };

    return cmocka_run_group_tests(tests, fixture_make_dir, fixture_remove_dir);
}
