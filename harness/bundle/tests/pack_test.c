// SPDX-License-Identifier: Apache-2.0
/* Archives that somebody made by hand. */
#include "bundle/tests/fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "bundle/pack.h"
#include "common/log.h"

struct made {
    const char *name, *link;
    unsigned int type;
    size_t bytes; /* so many zeroes */
};

static void make_archive(const char *name, const struct made *entries, size_t n)
{
    static char zeroes[1 << 20];
    struct archive *a = archive_write_new();

    assert_int_equal(archive_write_add_filter_zstd(a), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_pax_restricted(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, fixture_path(name)), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *entry = archive_entry_new();

        archive_entry_set_pathname(entry, entries[i].name);
        archive_entry_set_filetype(entry, entries[i].type ? entries[i].type : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)entries[i].bytes);
        if (entries[i].link && entries[i].type == AE_IFLNK)
            archive_entry_set_symlink(entry, entries[i].link);
        else if (entries[i].link)
            archive_entry_set_hardlink(entry, entries[i].link);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        for (size_t left = entries[i].bytes; left;) {
            size_t piece = left < sizeof(zeroes) ? left : sizeof(zeroes);

            assert_int_equal(archive_write_data(a, zeroes, piece), piece);
            left -= piece;
        }
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
}

static void refuse(struct made entry, int code, const char *words)
{
    unlink(fixture_path("x.tar.zst"));
    make_archive("x.tar.zst", &entry, 1);
    fixture_refused("x.tar.zst", code, words);
}

static void names_that_point_outside(void **unused)
{
    (void)unused;
    refuse((struct made){.name = "../outside"}, -EINVAL, "a file that no bundle has, '../outside'");
    refuse((struct made){.name = "/tmp/absolute"}, -EINVAL, "a file that no bundle has");
    refuse((struct made){.name = "maps/../../x"}, -EINVAL, "a file that no bundle has");
    refuse((struct made){.name = "a/b/c"}, -EINVAL, "a file that no bundle has");
    refuse((struct made){.name = "maps/\033[2J"}, -EINVAL, "'maps/?[2J'");
    assert_int_equal(access("/tmp/outside", F_OK), -1);
    assert_int_equal(access("/tmp/absolute", F_OK), -1);
}

static void links_and_devices(void **unused)
{
    (void)unused;
    refuse((struct made){.name = "maps", .link = "/etc", .type = AE_IFLNK}, -EINVAL,
           "has a link in it, 'maps'");
    refuse((struct made){.name = "node.json", .link = "/etc/passwd"}, -EINVAL, "has a link in it");
    refuse((struct made){.name = "node.json", .type = AE_IFIFO}, -EINVAL, "that is no file");
    refuse((struct made){.name = "node.json", .type = AE_IFCHR}, -EINVAL, "that is no file");
}

static void twice_the_same(void **unused)
{
    struct made two[] = {{.name = "node.json", .bytes = 1}, {.name = "node.json", .bytes = 2}};

    (void)unused;
    make_archive("two.tar.zst", two, 2);
    fixture_refused("two.tar.zst", -EINVAL, "has the file 'node.json' twice");
}

/* A few KB that unpack to more than there may be. */
static void too_much(void **unused)
{
    struct made parts[] = {{.name = "a", .bytes = 300u << 20}, {.name = "b", .bytes = 300u << 20}};
    struct stat st;

    (void)unused;
    make_archive("bomb.tar.zst", parts, 2);
    assert_int_equal(stat(fixture_path("bomb.tar.zst"), &st), 0);
    assert_true(st.st_size < 1 << 20);
    fixture_refused("bomb.tar.zst", -EFBIG,
                    "is too large: it unpacks to more than 256 times its size");
    refuse((struct made){.name = "a", .bytes = 600u << 20}, -EFBIG, "is too large");
}

static void too_many(void **unused)
{
    static struct made many[BUNDLE_FILES_MAX + 1];
    static char names[BUNDLE_FILES_MAX + 1][8];

    (void)unused;
    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        snprintf(names[i], sizeof(names[i]), "f%zu", i);
        many[i].name = names[i];
    }
    make_archive("many.tar.zst", many, ARRAY_SIZE(many));
    fixture_refused("many.tar.zst", -EFBIG, "has more than 512 files");
}

/* Wherever it is cut, it is one line, and nothing is left of it. */
static void cut_short(void **unused)
{
    struct stat st;

    (void)unused;
    fixture_bundle("cut.tar.zst");
    assert_int_equal(stat(fixture_path("cut.tar.zst"), &st), 0);
    for (off_t size = st.st_size - 1; size >= 0; size -= 1 + st.st_size / 50) {
        assert_int_equal(truncate(fixture_path("cut.tar.zst"), size), 0);
        fixture_refused("cut.tar.zst", -EINVAL, "cut.tar.zst'");
    }
}

/* The archive's bytes, unpacked into memory. */
static int read_memory(const char *name, struct memory_files *out)
{
    static char bytes[1 << 20];
    FILE *f = fopen(fixture_path(name), "re");
    size_t n;

    assert_non_null(f);
    n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    return pack_read_memory(name, bytes, n, out);
}

/* As from a directory. */
static void in_memory(void **unused)
{
    struct memory_files memory = {};
    struct bundle *whole = NULL, *b = NULL;

    (void)unused;
    fixture_bundle("memory.tar.zst");
    assert_int_equal(bundle_open(fixture_path("memory.tar.zst"), &whole), 0);
    assert_int_equal(read_memory("memory.tar.zst", &memory), 0);
    assert_int_equal(bundle_open_memory("m", &memory, &b), 0);
    memory_files_free(&memory);
    assert_int_equal(b->n_maps, whole->n_maps);
    for (size_t i = 0; i < b->n_maps; i++) {
        const struct map_entries *e = &b->maps[i].entries, *f = &whole->maps[i].entries;

        assert_string_equal(b->maps[i].name, whole->maps[i].name);
        assert_int_equal(e->n, f->n);
        assert_memory_equal(e->keys, f->keys, e->n * e->key_size);
        assert_memory_equal(e->values, f->values, e->n * e->value_size);
    }
    assert_true(json_equal(b->node, whole->node) && json_equal(b->flows, whole->flows));
    assert_int_equal(b->objects.n, 0);
    bundle_free(&b);
    bundle_free(&whole);
}

static void in_memory_twice_the_same(void **unused)
{
    struct made two[] = {{.name = "node.json", .bytes = 1}, {.name = "node.json", .bytes = 2}};
    struct memory_files memory = {};

    (void)unused;
    unlink(fixture_path("two.tar.zst"));
    make_archive("two.tar.zst", two, 2);
    assert_int_equal(read_memory("two.tar.zst", &memory), -EINVAL);
    assert_string_equal(log_last_error(), "'two.tar.zst' has the file 'node.json' twice");
    memory_files_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_point_outside),
        cmocka_unit_test(links_and_devices),
        cmocka_unit_test(twice_the_same),
        cmocka_unit_test(too_much),
        cmocka_unit_test(too_many),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(in_memory),
        cmocka_unit_test(in_memory_twice_the_same),
    };

    return cmocka_run_group_tests(tests, fixture_make_dir, fixture_remove_dir);
}
