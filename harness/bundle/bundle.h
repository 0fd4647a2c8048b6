/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle: the state of a node's datapath as data, to be carried elsewhere. A directory, or the
 * same directory as a .tar.zst:
 *
 *   manifest.json   {"waypost_bundle": 1, "created", "files": [{"name", "size", "xxh3"}…]}
 *   node.json       kernel, cgroup, settings, network namespaces with their cookies and addresses
 *   programs.json   [{"id", "name", "type", "tag", "attached": […], "maps": [id…]}…]
 *   flows.json      [{"from": "IP or pod", "to": ["IP:PORT"…], "family"?}…]
 *   maps.json       [{"name", "called", "id", "type", "key", "value", "max_entries", "entries",
 *                     "with_values", "file"}…]; entries null: a map whose contents are not in it
 *   maps/NAME.bin   the raw bytes, key and value by turns
 *   maps/NAME.json  the same for people: a line of JSON per entry, in the contract's field names
 *   objects/NAME.o  the programs' objects, where they were at hand
 *   topology.yaml   of a lab
 *
 * NAME is the contract's. Reading trusts nothing: a bundle came from somebody else.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/memory_files.h"
#include "maps/entries.h"
#include "maps/layout.h"

#define BUNDLE_VERSION   1
#define BUNDLE_FILES_MAX 512
#define BUNDLE_SIZE_MAX  (512LL << 20) /* of all files together */
#define BUNDLE_JSON_MAX  (16LL << 20)  /* of one file of JSON */
/* What the JSON of a bundle may take when it is read (json_parse_within()). The most namespaces
 * that a capture writes down, 20,000, count for 77 MiB with two addresses and an XDP program each.
 */
#define BUNDLE_JSON_MEMORY_MAX (88LL << 20)
/* Of one map: ten times what the contract's largest has room for. */
#define BUNDLE_ENTRIES_MAX (1u << 20)
#define BUNDLE_NAME_MAX    200

struct bundle_map {
    char *name;   /* the contract's */
    char *called; /* what its pin or file was called */
    uint32_t id, type, key_size, value_size, max_entries;
    bool has_entries;
    struct map_entries entries;      /* sorted */
    const struct map_layout *layout; /* NULL: none that is known */
};

struct bundle {
    char *path;                  /* what was opened, for messages */
    json_t *node;                /* an object */
    json_t *flows;               /* an array */
    struct memory_files objects; /* those of objects/, without its name; none: it has none */
    struct bundle_map *maps;
    size_t n_maps;
};

/*
 * Opens a directory or an archive and checks all of it: the manifest's version, every file's name,
 * size and digest, the maps' sizes, and that nothing is in it that the manifest does not list. It
 * is unpacked and checked by a confined child (confine/confine.h), and nothing of it is written to
 * the disk. -EINVAL with one line that says what is wrong with it; -EFBIG when it is larger than
 * the limits above; a shortage where it could not be read. The caller frees *out.
 */
int bundle_open(const char *path, struct bundle **out);
/* The same in this process, of files in memory, which stay the caller's; `path` is for messages. */
int bundle_open_memory(const char *path, const struct memory_files *memory, struct bundle **out);
/* Takes NULL; clears *bundle. */
void bundle_free(struct bundle **bundle);
/* NULL when it has no map of that name, or only its description. */
const struct bundle_map *bundle_map(const struct bundle *bundle, const char *name);
void bundle_map_free(struct bundle_map *map);

/* 0 when a bundle may have a file of that name: DIR/FILE or FILE, letters, digits, '_', '-', '.'
 * but none in front. Says nothing. */
int bundle_name_check(const char *name);

/*
 * Writing. Everything is first put into PATH.partial, so that PATH is a whole bundle or is not
 * there; a PATH that ends in .tar.zst becomes an archive. Directories in it are made as needed.
 */
struct bundle_writer;
/* -EEXIST with a sentence when there is something at `path` already. */
int bundle_writer_new(const char *path, struct bundle_writer **out);
/* Removes what was written of a bundle that was not finished. Takes NULL; clears *writer. */
void bundle_writer_free(struct bundle_writer **writer);
int bundle_write_json(struct bundle_writer *writer, const char *name, const json_t *j);
/* A copy of a regular file. */
int bundle_write_file(struct bundle_writer *writer, const char *name, const char *from);
/* The map's contents, and its row of maps.json. */
int bundle_write_map(struct bundle_writer *writer, const struct bundle_map *map);
/* Writes maps.json and the manifest, packs, and moves it all to PATH. */
int bundle_writer_finish(struct bundle_writer *writer);
