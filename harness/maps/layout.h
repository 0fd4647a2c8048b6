/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys and values of the contract's maps as C types (docs/contract.md §2), and the table of
 * their layouts: pure data, no kernel. Ports in "u32 cells"
 * are a big-endian 16-bit port in the cell's first two bytes: maps_port_cell().
 */
#pragma once

#include <arpa/inet.h>
#include <assert.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KM_PRIORITIES       7
#define KM_SERVICE_PORTS    10
#define KM_BACKEND_SERVICES 10
#define KM_POLICIES         4

struct km_manage_key {
    uint8_t bytes[16]; /* netns cookie, or an IP address */
};
static_assert(sizeof(struct km_manage_key) == 16, "km_manage key");

struct km_frontend_key {
    uint8_t address[16];
};
static_assert(sizeof(struct km_frontend_key) == 16, "km_frontend key");

struct km_service_value {
    uint32_t counts[KM_PRIORITIES];
    uint32_t policy;
    uint32_t ports[KM_SERVICE_PORTS];
    uint32_t targets[KM_SERVICE_PORTS];
    uint8_t waypoint[16];
    uint32_t waypoint_port;
};
static_assert(sizeof(struct km_service_value) == 132, "km_service value");

struct km_endpoint_key {
    uint32_t service, priority, index;
};
static_assert(sizeof(struct km_endpoint_key) == 12, "km_endpoint key");

struct km_backend_value {
    uint8_t address[16];
    uint32_t n_services;
    uint32_t services[KM_BACKEND_SERVICES];
    uint8_t waypoint[16];
    uint32_t waypoint_port;
};
static_assert(sizeof(struct km_backend_value) == 80, "km_backend value");

struct km_nodeinfo_key {
    uint32_t prefix; /* bits from the beginning of the address, host byte order */
    uint8_t address[16];
};
static_assert(sizeof(struct km_nodeinfo_key) == 20, "km_nodeinfo key");

/* struct bpf_sock_tuple with the family that is not used left zero. */
struct km_tuple {
    uint8_t bytes[36];
};
static_assert(sizeof(struct km_tuple) == 36, "tuple");

struct km_sockstorage_value {
    uint64_t connect_ns, report_ns;
    uint8_t direction, connect_success, via_waypoint, encoded, destination_set;
    uint8_t unused[3];
    struct km_tuple destination;
    uint8_t padding[4];
};
static_assert(sizeof(struct km_sockstorage_value) == 64, "km_sockstorage value");
static_assert(offsetof(struct km_sockstorage_value, destination) == 24, "km_sockstorage value");

struct km_wlpolicy_value {
    uint32_t policies[KM_POLICIES];
};
static_assert(sizeof(struct km_wlpolicy_value) == 16, "km_wlpolicy value");

/*
 * Policies (docs/contract.md §8). A reference cell stands where the control plane has a pointer: in
 * its low 32 bits `type << 24 | index`, the type being that of the map, in which the index is the
 * key. 0 is none. Every structure begins with bytes that no reader uses.
 */
enum km_cells { KM_CELLS_64, KM_CELLS_192, KM_CELLS_296, KM_CELLS_1600, KM_CELLS };
#define KM_CELLS_INDEX_MAX 0xffffffU
/* Entries of each of their maps in a lab, where its topology does not say more. The contract's
 * million costs a lab 60 ms a map before anything is in it. */
#define KM_CELLS_LAB   16384
#define KM_CELLS_REFS  200 /* references that fit into an array */
#define KM_CELLS_PORTS 400
#define KM_CELLS_TEXT  191 /* bytes of a string before its NUL */

/* Of a policy that is chosen by its workloads. */
#define KM_SCOPE_WORKLOAD 2

static inline uint64_t maps_ref(enum km_cells type, uint32_t index)
{
    return (uint64_t)type << 24 | index;
}

/* An array: how many, and the reference to the cell that holds it. */
struct km_list {
    uint64_t count, array;
};

struct km_authorization {
    uint8_t unused[24];
    uint64_t name, namespace;
    uint32_t scope, action;
    struct km_list rules;
};
static_assert(sizeof(struct km_authorization) == 64, "km_authz_policy value");
static_assert(offsetof(struct km_authorization, action) == 44, "km_authz_policy value");

struct km_rule {
    uint8_t unused[24];
    struct km_list clauses;
};
static_assert(sizeof(struct km_rule) == 40, "Rule");

struct km_clause {
    uint8_t unused[24];
    struct km_list matches;
};
static_assert(sizeof(struct km_clause) == 40, "Clause");

/* The lists in the order of enum policy_list_kind (topology/policy.h). */
struct km_match {
    uint8_t unused[24];
    struct km_list lists[10];
};
static_assert(sizeof(struct km_match) == 184, "Match");

struct km_block {
    uint8_t unused[24];
    struct km_list bytes; /* 4 or 16, in network byte order */
    uint32_t prefix, padding;
};
static_assert(sizeof(struct km_block) == 48, "Address");
static_assert(offsetof(struct km_block, prefix) == 40, "Address");

struct km_string_match {
    uint8_t unused[24];
    uint32_t kind, padding; /* enum policy_text_kind (topology/policy.h) */
    uint64_t text;
};
static_assert(sizeof(struct km_string_match) == 40, "StringMatch");
static_assert(offsetof(struct km_string_match, text) == 32, "StringMatch");

/* Older layouts (contract §6). One count, no priorities: until 2024-10. */
struct km_service_value_108 {
    uint32_t count, policy;
    uint32_t ports[KM_SERVICE_PORTS];
    uint32_t targets[KM_SERVICE_PORTS];
    uint8_t waypoint[16];
    uint32_t waypoint_port;
};
static_assert(sizeof(struct km_service_value_108) == 108, "old km_service value");

struct km_endpoint_key_8 {
    uint32_t service, index;
};
static_assert(sizeof(struct km_endpoint_key_8) == 8, "old km_endpoint key");

/* Without the time of the last report: before there was cgroup_skb. */
struct km_sockstorage_value_56 {
    uint64_t connect_ns;
    uint8_t direction, connect_success, via_waypoint, encoded, destination_set;
    uint8_t unused[3];
    struct km_tuple destination;
    uint8_t padding[4];
};
static_assert(sizeof(struct km_sockstorage_value_56) == 56, "old km_sockstorage value");

/* Without the destination, which was in a hash of its own: until 2025-04. */
struct km_sockstorage_value_16 {
    uint64_t connect_ns;
    uint8_t direction, connect_success;
    uint8_t padding[6];
};
static_assert(sizeof(struct km_sockstorage_value_16) == 16, "old km_sockstorage value");

/* A record of km_log_event. */
struct km_log_record {
    uint32_t length;
    char text[255];
    char padding;
};
static_assert(sizeof(struct km_log_record) == 260, "km_log_event record");

/* A record of km_auth_req. */
struct km_auth_record {
    uint32_t family;
    struct km_tuple tuple;
};
static_assert(sizeof(struct km_auth_record) == 40, "km_auth_req record");

/* A record of km_tcp_probe. */
struct km_tcp_record {
    uint32_t family;
    struct km_tuple tuple;
    uint8_t destination[18], unused[2];
    uint32_t sent, received, success, direction, state;
    uint64_t duration_ns, start_ns, report_ns;
    uint32_t protocol, srtt_us, min_rtt_us, retransmits, lost, padding;
};
static_assert(sizeof(struct km_tcp_record) == 128, "km_tcp_probe record");
static_assert(offsetof(struct km_tcp_record, destination) == 40, "km_tcp_probe record");
static_assert(offsetof(struct km_tcp_record, sent) == 60, "km_tcp_probe record");
static_assert(offsetof(struct km_tcp_record, duration_ns) == 80, "km_tcp_probe record");
static_assert(offsetof(struct km_tcp_record, protocol) == 104, "km_tcp_probe record");

/* A port in host byte order as a cell, and back. */
static inline uint32_t maps_port_cell(uint16_t port)
{
    uint16_t be = htons(port);
    uint32_t cell = 0;

    memcpy(&cell, &be, sizeof(be));
    return cell;
}

static inline uint16_t maps_cell_port(uint32_t cell)
{
    uint16_t be;

    memcpy(&be, &cell, sizeof(be));
    return ntohs(be);
}

/* The byte order of the ports in authorization tuples (FIELD_TUPLE_AUTH, FIELD_FAMILY_TUPLE_AUTH):
 * by contract the host's. A lab's programs may have the network's, which a connection shows
 * (maps/ports.h). */
enum port_order { PORT_ORDER_HOST, PORT_ORDER_NETWORK };

enum field_kind {
    FIELD_U8,
    FIELD_U32,        /* host byte order */
    FIELD_U64,        /* host byte order */
    FIELD_ADDRESS,    /* 16 bytes, common/address.h; text in JSON, null for none */
    FIELD_PORT_BE32,  /* u32 cell that holds a BE 16-bit port in its first two bytes */
    FIELD_TUPLE_BE,   /* 36 bytes, struct bpf_sock_tuple, ports BE */
    FIELD_TUPLE_AUTH, /* the same, ports in an enum port_order */
    FIELD_LIST_U32,   /* u32 length, then `count` u32 of which so many are used */
    FIELD_MANAGE_KEY, /* km_manage's: netns cookie or address */
    FIELD_PREFIX,     /* u32 bits, host byte order, and a FIELD_ADDRESS: "ADDRESS/BITS" */
    FIELD_REF,        /* 8 bytes, a reference cell: "kmesh_map64/INDEX", null for 0 */
    FIELD_STRING,     /* `count` bytes, of which one that is 0 ends the text */
    FIELD_STRUCT,     /* a structure of its own, an object below the field's name */
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
    const struct map_field *fields; /* of FIELD_STRUCT */
    /* One of several things that the bytes may be, and nothing in them says which: it can be
     * written, and is never shown. */
    bool view;
};

struct map_layout {
    const char *name; /* the contract's; what the map is pinned as, whatever its object says */
    const char *const
        *old_names;      /* what older objects call it, up to NULL; NULL: always the same */
    const char *version; /* NULL: the contract's own; else when an older one was new */
    enum bpf_map_type type;
    uint32_t key_size, value_size, entries;
    bool optional; /* objects without it, or with one that differs, are no worse for that */
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
