/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract's maps: their layouts as one table, keys and values as JSON in the contract's field
 * names, and the baseline that `reset` goes back to.
 */
#pragma once

#include <jansson.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "place/lab.h"

enum field_kind {
    FIELD_U8,
    FIELD_U32,        /* host byte order */
    FIELD_U64,        /* host byte order */
    FIELD_ADDRESS,    /* 16 bytes, common/address.h; text in JSON, null for none */
    FIELD_PORT_BE32,  /* u32 cell that holds a BE 16-bit port in its first two bytes */
    FIELD_TUPLE_BE,   /* 36 bytes, struct bpf_sock_tuple, ports BE */
    FIELD_TUPLE_AUTH, /* the same, ports as the lab's programs have them, by contract the host's */
    FIELD_LIST_U32,   /* u32 length, then `count` u32 of which so many are used */
    FIELD_MANAGE_KEY, /* km_manage's: netns cookie or address */
    /* Of records alone. What a record's family does not use is not defined, and not looked at. */
    FIELD_FAMILY,            /* u32: 0 "v4", 1 "v6"; there is no other, and it stands first */
    FIELD_FAMILY_TUPLE,      /* 36 bytes of the record's family, ports in host byte order */
    FIELD_FAMILY_TUPLE_AUTH, /* the same, ports as in FIELD_TUPLE_AUTH */
    FIELD_FAMILY_END,        /* address and then port, in host byte order, of the record's family */
    FIELD_TEXT,              /* u32 length, then up to `count` characters, up to the record's end */
};

/*
 * A tuple is {"local": "ip:port", "peer": "ip:port"}, with ports in host byte order {"client": …,
 * "server": …}: below its field's name, or in the object itself when the name is "".
 */
struct map_field {
    const char *name;
    uint32_t offset; /* bytes */
    uint32_t count;  /* 1, or the length of an array */
    enum field_kind kind;
    const char *const *words; /* of a number: what each stands for; NULL, or NULL at its end */
};

struct map_layout {
    const char *name; /* the contract's; what the map is pinned as, whatever its object says */
    const char *const
        *old_names;      /* what older objects call it, up to NULL; NULL: always the same */
    const char *version; /* NULL: the contract's own; else when an older one was new */
    enum bpf_map_type type;
    uint32_t key_size, value_size, entries;
    const struct map_field *key;   /* ends at name NULL; NULL for ring buffers */
    const struct map_field *value; /* of a ring buffer: of its records */
};

/* The contract's own layout of a map by its name or its old name; NULL when the contract has none.
 */
const struct map_layout *map_layout(const char *name);
/* The layout, of any version, that a map with this name, type and sizes has; NULL when it has none
 * that is known. Another version is another row of the table. */
const struct map_layout *map_layout_find(const char *name, enum bpf_map_type type,
                                         uint32_t key_size, uint32_t value_size);
/* What a map is called in the contract; a map that it does not know keeps its name. */
const char *map_contract_name(const char *name);
/* The table itself, the contract's own layout of a map before older ones; *n is its length. */
const struct map_layout *map_layouts(size_t *n);
/* True when a map with these sizes is laid out so. A ring buffer has no sizes (its layout gives
 * that of its records). */
bool map_layout_fits(const struct map_layout *layout, uint32_t key_size, uint32_t value_size);

/*
 * Bytes to JSON and back. Without fields, and where JSON would not say all that the bytes say, it
 * is
 * {"raw": "hex"}, which is accepted everywhere. Decoding changes only the fields that the object
 * has; an array that is shorter than its room leaves zeroes behind. -EINVAL with a sentence that
 * names the field.
 *
 * A key of km_manage is {"cookie": N} or {"address": "…"}. The bytes do not tell which: see
 * codec_manage_json(); map_dump() prefers the address of one of the lab's pods.
 */
json_t *map_encode_json(const struct map_field *fields, const void *bytes, size_t size);
int map_decode_json(const struct map_field *fields, const json_t *object, void *bytes, size_t size);
/* The same for a key: every field must be given, the rest is zero. */
int map_decode_key(const struct map_field *fields, const json_t *object, void *bytes, size_t size);

/* The node's pinned map. The caller owns the fd. -ENOENT with the maps that there are. */
int map_open(const struct lab *lab, const struct topology_node *node, const char *name,
             int *out_fd);

/*
 * One entry, as JSON; -ENOKEY when the map has no such key (said by nobody: it may be an answer).
 * map_set() takes a value with some fields left out: an entry that is there keeps its own, a new
 * one has zeroes. A map whose layout is not known is read and written raw.
 */
int map_get(const struct lab *lab, const struct topology_node *node, const char *name,
            const json_t *key, json_t **value);
int map_set(const struct lab *lab, const struct topology_node *node, const char *name,
            const json_t *key, const json_t *value);
int map_delete(const struct lab *lab, const struct topology_node *node, const char *name,
               const json_t *key);
/* [{"key": …, "value": …}, …], sorted by the raw key. For a sockhash the values are null. */
int map_dump(const struct lab *lab, const struct topology_node *node, const char *name,
             json_t **out);

/*
 * The entry that a map of sockets' storage (km_sockstorage) has for the socket behind `fd`. -ENOKEY
 * when it has none (said by nobody). Setting makes one where there is none, with zeroes in the
 * fields that `value` leaves out; the fields of time are in ns of CLOCK_MONOTONIC.
 */
int map_get_of_socket(const struct lab *lab, const struct topology_node *node, const char *name,
                      int fd, json_t **value);
int map_set_of_socket(const struct lab *lab, const struct topology_node *node, const char *name,
                      int fd, const json_t *value);

/* Writes the topology's services, endpoints, backends and frontends into every node's maps. A map
 * that the programs do not have is left out; so are, with a warning, the entries that an older
 * layout has no room for. One of unknown layout is an error. */
int maps_write_topology(const struct lab *lab);

/*
 * Saves the maps' contents below STATE/LAB/baseline/ as what `reset` goes back to; and goes back:
 * keys that were not there are deleted, the others rewritten. What is looked at is
 *   - the programs' global variables;
 *   - hash maps that programs write themselves (every hash of at most 16384 entries but the
 *     configuration): read and compared;
 *   - any other map: only the keys that map_set() and map_delete() touched, which keep a journal.
 *     Changes by another tool (bpftool) to these maps are not seen. Walking a hash of 100,000
 *     entries takes longer than all the rest, empty or not.
 */
int maps_save_baseline(const struct lab *lab);
int maps_restore_baseline(const struct lab *lab);

/*
 * A record of a ring buffer as JSON, by the layout's fields; what a program wrote there is checked
 * like anything from outside. A size that is not the layout's, a family that there is not, and a
 * record without a layout (NULL) are {"raw": "hex"}. A text is taken at any size, with '?' for what
 * is not printable. NULL when there is no memory.
 */
json_t *map_record_json(const struct map_layout *layout, const void *bytes, size_t size);
/* The fields alone, whatever stands between them: programs keep things of their own there. */
json_t *map_fields_json(const struct map_field *fields, const void *bytes, size_t size);
/* The bytes as {"raw": "hex"}. */
json_t *map_raw_json(const void *bytes, size_t size);
