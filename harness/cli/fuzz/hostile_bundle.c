// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "cli/fuzz/hostile.h"
#include "common/cleanup.h"

#define BUNDLE_SEED  "harness/field/fuzz/seeds/bundle/directory"
#define BUNDLE_FILES 8 /* with the manifest */
#define BUNDLE_JSON  3 /* the first of them */

enum bundle_kind {
    KIND_ARCHIVE,  /* the archive's own bytes are mutated */
    KIND_FILES,    /* files, behind right sizes and digests */
    KIND_MANIFEST, /* the manifest */
    KIND_ROWS,     /* the list of maps: many rows of one file */
    KIND_NESTED,   /* JSON of brackets alone */
    KIND_NAMES,    /* a member with a name or a type that no bundle has */
    KIND_MANY,     /* more members than a bundle has */
    N_KINDS
};

static const char *const bundle_names[BUNDLE_FILES] = {
    "maps.json",           "node.json",
    "flows.json",          "maps/km_frontend.bin",
    "maps/km_service.bin", "maps/km_endpoint.bin",
    "maps/km_backend.bin", "manifest.json"};

struct bundle_parts {
    struct hostile_bytes parts[BUNDLE_FILES];
};

static struct hostile_bytes bundle_copy(const void *bytes, size_t size)
{
    struct hostile_bytes out = {.bytes = malloc(size + 1), .size = size};

    if (out.bytes)
        memcpy(out.bytes, bytes, size);
    return out;
}

/* The fuzzer's seed: a letter, and the files, separated by lines "%%". */
static void bundle_read(struct bundle_parts *b)
{
    struct hostile_bytes seed = hostile_read(BUNDLE_SEED);
    const uint8_t *at = seed.bytes + 1, *end = seed.bytes + seed.size;

    for (size_t i = 0; i + 1 < BUNDLE_FILES; i++) {
        const uint8_t *cut = memmem(at, (size_t)(end - at), "\n%%\n", 4);

        b->parts[i] = bundle_copy(at, (size_t)((cut ? cut : end) - at));
        at = cut ? cut + 4 : end;
    }
    hostile_free(&seed);
}

static void bundle_make_manifest(struct bundle_parts *b)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fprintf(out, "{\"waypost_bundle\": 1, \"files\": [");
    for (size_t i = 0; i + 1 < BUNDLE_FILES; i++)
        fprintf(out, "%s{\"name\": \"%s\", \"size\": %zu, \"xxh3\": \"%016llx\"}", i ? ", " : "",
                bundle_names[i], b->parts[i].size,
                (unsigned long long)XXH3_64bits(b->parts[i].bytes, b->parts[i].size));
    fprintf(out, "]}");
    fclose(out);
    b->parts[BUNDLE_FILES - 1] = (struct hostile_bytes){(uint8_t *)text, size};
}

/* ---- kinds ---- */

/* 512 rows that name the first map's file. */
static struct hostile_bytes bundle_rows(void)
{
    struct hostile_bytes rows = {};
    FILE *out = open_memstream((char **)&rows.bytes, &rows.size);

    for (size_t i = 0; i < 512; i++)
        fprintf(out,
                "%s{\"name\": \"m%zu\", \"called\": \"m\", \"id\": 1, \"type\": 1, \"key\": 16, "
                "\"value\": 4, \"max_entries\": 1, \"entries\": 3, \"with_values\": true, "
                "\"file\": \"maps/km_frontend.bin\"}",
                i ? ", " : "[", i);
    fprintf(out, "]");
    fclose(out);
    return rows;
}

static struct hostile_bytes bundle_nested(struct hostile_random *random)
{
    struct hostile_bytes text = {.size = 1u << (10 + hostile_below(random, 12))};
    bool pairs = hostile_below(random, 2) == 0;

    text.bytes = malloc(text.size + 1);
    for (size_t i = 0; i < text.size; i++)
        text.bytes[i] = (uint8_t)(pairs ? "[],["[i % 4] : '[');
    return text;
}

static void bundle_mutate_files(struct bundle_parts *b, struct hostile_random *random)
{
    size_t n = 1 + hostile_below(random, 3);

    for (size_t i = 0; i < n; i++) {
        size_t file = hostile_below(random, BUNDLE_FILES - 1);

        hostile_mutate(&b->parts[file], file < BUNDLE_JSON ? HOSTILE_JSON : HOSTILE_FIXED, random);
    }
}

static void bundle_change(struct bundle_parts *b, enum bundle_kind kind,
                          struct hostile_random *random)
{
    size_t json = hostile_below(random, BUNDLE_JSON);

    if (kind == KIND_FILES)
        bundle_mutate_files(b, random);
    if (kind == KIND_ROWS || kind == KIND_NESTED) {
        json = kind == KIND_ROWS ? 0 : json;
        hostile_free(&b->parts[json]);
        b->parts[json] = kind == KIND_ROWS ? bundle_rows() : bundle_nested(random);
    }
    bundle_make_manifest(b);
    if (kind == KIND_MANIFEST)
        hostile_mutate(&b->parts[BUNDLE_FILES - 1], HOSTILE_JSON, random);
}

/* ---- directories and archives ---- */

static void bundle_write_directory(const char *path, const struct bundle_parts *b)
{
    char name[512];

    (void)mkdir(path, 0755);
    snprintf(name, sizeof(name), "%s/maps", path);
    (void)mkdir(name, 0755);
    for (size_t i = 0; i < BUNDLE_FILES; i++) {
        snprintf(name, sizeof(name), "%s/%s", path, bundle_names[i]);
        hostile_write(name, b->parts[i].bytes, b->parts[i].size);
    }
}

static void bundle_add(struct archive *a, const char *name, mode_t type, const void *bytes,
                       size_t size)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, type == AE_IFREG ? (la_int64_t)size : 0);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(entry, "/etc/passwd");
    archive_write_header(a, entry);
    if (type == AE_IFREG)
        archive_write_data(a, bytes, size);
    archive_entry_free(entry);
}

static void bundle_add_strange(struct archive *a, struct hostile_random *random)
{
    static const struct {
        const char *name;
        mode_t type;
    } strange[] = {
        {"../x", AE_IFREG},      {"/tmp/x", AE_IFREG},   {"maps/../../x", AE_IFREG},
        {".hidden", AE_IFREG},   {"a\033[2J", AE_IFREG}, {"a/b/c/d", AE_IFREG},
        {"maps.json", AE_IFREG}, {"link", AE_IFLNK},     {"maps", AE_IFLNK},
        {"node.json", AE_IFIFO}, {"device", AE_IFCHR},   {"unlisted.bin", AE_IFREG},
    };
    size_t i = hostile_below(random, ARRAY_SIZE(strange));

    bundle_add(a, strange[i].name, strange[i].type, "x", 1);
}

static void bundle_add_many(struct archive *a, struct hostile_random *random)
{
    size_t n = 500 + hostile_below(random, 2000);
    char name[32];

    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "maps/f%zu.bin", i);
        bundle_add(a, name, AE_IFREG, "x", 1);
    }
}

static void bundle_write_archive(const char *path, const struct bundle_parts *b,
                                 enum bundle_kind kind, struct hostile_random *random)
{
    struct archive *a = archive_write_new();

    archive_write_set_format_pax_restricted(a);
    /* A plain tar is one, too; its bytes can be mutated without that a checksum says so. */
    if (hostile_below(random, 3) == 0)
        archive_write_add_filter_zstd(a);
    if (archive_write_open_filename(a, path) != ARCHIVE_OK)
        exit(2);
    if (kind == KIND_NAMES)
        bundle_add_strange(a, random);
    if (kind == KIND_MANY)
        bundle_add_many(a, random);
    for (size_t i = 0; i < BUNDLE_FILES; i++)
        bundle_add(a, bundle_names[i], AE_IFREG, b->parts[i].bytes, b->parts[i].size);
    archive_write_free(a);
}

static void bundle_mutate_archive(const char *path, struct hostile_random *random)
{
    struct hostile_bytes bytes = hostile_read(path);

    hostile_mutate(&bytes, HOSTILE_FIXED, random);
    hostile_write(path, bytes.bytes, bytes.size);
    hostile_free(&bytes);
}

void hostile_bundle(const char *path, uint64_t number)
{
    struct hostile_random random = hostile_random("bundle", number);
    enum bundle_kind kind = (enum bundle_kind)hostile_below(&random, N_KINDS);
    struct bundle_parts b = {};

    /* Half of them are mutated files: behind these is the most to be read. */
    if (hostile_below(&random, 2) == 0 || number == 0)
        kind = KIND_FILES;
    bundle_read(&b);
    if (number > 0)
        bundle_change(&b, kind, &random);
    else
        bundle_make_manifest(&b);
    if ((kind == KIND_FILES || kind == KIND_MANIFEST) && hostile_below(&random, 2) == 0)
        bundle_write_directory(path, &b);
    else
        bundle_write_archive(path, &b, kind, &random);
    if (kind == KIND_ARCHIVE)
        bundle_mutate_archive(path, &random);
    for (size_t i = 0; i < BUNDLE_FILES; i++)
        hostile_free(&b.parts[i]);
}
