// SPDX-License-Identifier: Apache-2.0
/*
 * The table of the contract's maps, and of what older objects have in their place: a row per
 * version of a map, the contract's own first. Names and sizes choose the row, nothing else knows of
 * versions. A field that has the same name in two versions is the same field: maps/convert.h.
 *
 * A ring buffer has the size of its records as value size.
 */
#include "maps/layout.h"

#include <string.h>

#include "common/cleanup.h"

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define FIELD(type, member, json, n, k)                                                            \
    {                                                                                              \
        .name = (json), .offset = offsetof(type, member), .count = (n), .kind = (k)                \
    }
#define FIELDS(...)                                                                                \
    (const struct map_field[])                                                                     \
    {                                                                                              \
        __VA_ARGS__, END                                                                           \
    }
#define NAMES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define ONE(json, k)                                                                               \
    {                                                                                              \
        .name = (json), .offset = 0, .count = 1, .kind = (k)                                       \
    }

#define SERVICE(member, n, k)     FIELD(struct km_service_value, member, #member, n, k)
#define ENDPOINT(member)          FIELD(struct km_endpoint_key, member, #member, 1, FIELD_U32)
#define BACKEND(member, n, k)     FIELD(struct km_backend_value, member, #member, n, k)
#define STORAGE(member, k)        FIELD(struct km_sockstorage_value, member, #member, 1, k)
#define SERVICE_108(member, n, k) FIELD(struct km_service_value_108, member, #member, n, k)
#define STORAGE_56(member, k)     FIELD(struct km_sockstorage_value_56, member, #member, 1, k)
#define STORAGE_16(member, k)     FIELD(struct km_sockstorage_value_16, member, #member, 1, k)

#define RECORD(member, k) FIELD(struct km_tcp_record, member, #member, 1, k)
#define WORDS(type, member, k, texts)                                                              \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member), .count = 1, .kind = (k),                \
        .words = (texts)                                                                           \
    }
#define DIRECTION(type, k) WORDS(type, direction, k, layout_directions)

#define LIST(type, member, json)                                                                   \
    {.name = json "_count",                                                                        \
     .offset = offsetof(type, member) + offsetof(struct km_list, count),                           \
     .count = 1,                                                                                   \
     .kind = FIELD_U64},                                                                           \
    {                                                                                              \
        .name = (json), .offset = offsetof(type, member) + offsetof(struct km_list, array),        \
        .count = 1, .kind = FIELD_REF                                                              \
    }
#define MATCH(i, json)    LIST(struct km_match, lists[i], json)
#define POLICY(member, k) FIELD(struct km_authorization, member, #member, 1, k)
#define VIEW(json, n, k, inner)                                                                    \
    {                                                                                              \
        .name = (json), .count = (n), .kind = (k), .fields = (inner), .view = true                 \
    }

static const char *const layout_actions[] = {"ALLOW", "DENY", NULL};
static const char *const layout_scopes[] = {"global", "namespace", "workload", NULL};
static const char *const layout_texts[] = {"", "exact", "prefix", "suffix", NULL};

/* What the cells of a size may hold: policies' parts, each by its name in the contract. */
static const struct map_field layout_map64[] = {
    VIEW("rule", 1, FIELD_STRUCT, FIELDS(LIST(struct km_rule, clauses, "clauses"))),
    VIEW("clause", 1, FIELD_STRUCT, FIELDS(LIST(struct km_clause, matches, "matches"))),
    VIEW("string_match", 1, FIELD_STRUCT,
         FIELDS(WORDS(struct km_string_match, kind, FIELD_U32, layout_texts),
                FIELD(struct km_string_match, text, "text", 1, FIELD_REF))),
    VIEW("address", 1, FIELD_STRUCT,
         FIELDS(LIST(struct km_block, bytes, "bytes"),
                FIELD(struct km_block, prefix, "prefix", 1, FIELD_U32))),
    VIEW("bytes", 1, FIELD_ADDRESS, NULL),
    END,
};
static const struct map_field layout_map192[] = {
    VIEW("match", 1, FIELD_STRUCT,
         FIELDS(MATCH(0, "namespaces"), MATCH(1, "not_namespaces"), MATCH(2, "principals"),
                MATCH(3, "not_principals"), MATCH(4, "source_ips"), MATCH(5, "not_source_ips"),
                MATCH(6, "destination_ips"), MATCH(7, "not_destination_ips"),
                MATCH(8, "destination_ports"), MATCH(9, "not_destination_ports"))),
    VIEW("string", KM_CELLS_TEXT + 1, FIELD_STRING, NULL),
    END,
};
static const struct map_field layout_map1600[] = {
    VIEW("references", KM_CELLS_REFS, FIELD_REF, NULL),
    VIEW("ports", KM_CELLS_PORTS, FIELD_U32, NULL),
    END,
};

static const char *const layout_directions[] = {"", "inbound", "outbound", NULL};
/* The kernel's numbers. */
static const char *const layout_states[] = {"", "established", "", "", "", "", "", "close", NULL};

static const struct map_layout layout_table[] = {
    {
        .name = "km_manage",
        .old_names = NAMES("kmesh_manage"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_manage_key),
        .value_size = 4,
        .entries = 8192,
        .key = FIELDS(ONE("", FIELD_MANAGE_KEY)),
        .value = FIELDS(ONE("value", FIELD_U32)),
    },
    {
        .name = "km_frontend",
        .old_names = NAMES("kmesh_frontend"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_frontend_key),
        .value_size = 4,
        .entries = 105000,
        .key = FIELDS(ONE("address", FIELD_ADDRESS)),
        .value = FIELDS(ONE("upstream", FIELD_U32)),
    },
    {.name = "km_nodeinfo",
     .type = BPF_MAP_TYPE_LPM_TRIE,
     .key_size = sizeof(struct km_nodeinfo_key),
     .value_size = 4,
     .entries = 8192,
     .optional = true,
     .key = FIELDS(ONE("prefix", FIELD_PREFIX)),
     .value = FIELDS(ONE("family", FIELD_U32))},
    {
        .name = "km_service",
        .old_names = NAMES("kmesh_service"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = 4,
        .value_size = sizeof(struct km_service_value),
        .entries = 5000,
        .key = FIELDS(ONE("id", FIELD_U32)),
        .value =
            FIELDS(SERVICE(counts, KM_PRIORITIES, FIELD_U32), SERVICE(policy, 1, FIELD_U32),
                   SERVICE(ports, KM_SERVICE_PORTS, FIELD_PORT_BE32),
                   SERVICE(targets, KM_SERVICE_PORTS, FIELD_PORT_BE32),
                   SERVICE(waypoint, 1, FIELD_ADDRESS), SERVICE(waypoint_port, 1, FIELD_PORT_BE32)),
    },
    {
        .name = "km_service",
        .old_names = NAMES("kmesh_service"),
        .version = "2024-06",
        .type = BPF_MAP_TYPE_HASH,
        .key_size = 4,
        .value_size = sizeof(struct km_service_value_108),
        .entries = 5000,
        .key = FIELDS(ONE("id", FIELD_U32)),
        .value = FIELDS(FIELD(struct km_service_value_108, count, "counts", 1, FIELD_U32),
                        SERVICE_108(policy, 1, FIELD_U32),
                        SERVICE_108(ports, KM_SERVICE_PORTS, FIELD_PORT_BE32),
                        SERVICE_108(targets, KM_SERVICE_PORTS, FIELD_PORT_BE32),
                        SERVICE_108(waypoint, 1, FIELD_ADDRESS),
                        SERVICE_108(waypoint_port, 1, FIELD_PORT_BE32)),
    },
    {
        .name = "km_endpoint",
        .old_names = NAMES("kmesh_endpoint"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_endpoint_key),
        .value_size = 4,
        .entries = 105000,
        .key = FIELDS(ENDPOINT(service), ENDPOINT(priority), ENDPOINT(index)),
        .value = FIELDS(ONE("uid", FIELD_U32)),
    },
    {
        .name = "km_endpoint",
        .old_names = NAMES("kmesh_endpoint"),
        .version = "2024-06",
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_endpoint_key_8),
        .value_size = 4,
        .entries = 105000,
        .key = FIELDS(FIELD(struct km_endpoint_key_8, service, "service", 1, FIELD_U32),
                      FIELD(struct km_endpoint_key_8, index, "index", 1, FIELD_U32)),
        .value = FIELDS(ONE("uid", FIELD_U32)),
    },
    {
        .name = "km_backend",
        .old_names = NAMES("kmesh_backend"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = 4,
        .value_size = sizeof(struct km_backend_value),
        .entries = 100000,
        .key = FIELDS(ONE("uid", FIELD_U32)),
        .value =
            FIELDS(BACKEND(address, 1, FIELD_ADDRESS),
                   FIELD(struct km_backend_value, n_services, "services", KM_BACKEND_SERVICES,
                         FIELD_LIST_U32),
                   BACKEND(waypoint, 1, FIELD_ADDRESS), BACKEND(waypoint_port, 1, FIELD_PORT_BE32)),
    },
    {
        .name = "km_sockstorage",
        .old_names = NAMES("map_of_sock_storage"),
        .type = BPF_MAP_TYPE_SK_STORAGE,
        .key_size = 4,
        .value_size = sizeof(struct km_sockstorage_value),
        .key = FIELDS(ONE("fd", FIELD_U32)),
        .value = FIELDS(STORAGE(connect_ns, FIELD_U64), STORAGE(report_ns, FIELD_U64),
                        DIRECTION(struct km_sockstorage_value, FIELD_U8),
                        STORAGE(connect_success, FIELD_U8), STORAGE(via_waypoint, FIELD_U8),
                        STORAGE(encoded, FIELD_U8), STORAGE(destination_set, FIELD_U8),
                        STORAGE(destination, FIELD_TUPLE_BE)),
    },
    {
        .name = "km_sockstorage",
        .old_names = NAMES("map_of_sock_storage"),
        .version = "2025-04",
        .type = BPF_MAP_TYPE_SK_STORAGE,
        .key_size = 4,
        .value_size = sizeof(struct km_sockstorage_value_56),
        .key = FIELDS(ONE("fd", FIELD_U32)),
        .value = FIELDS(STORAGE_56(connect_ns, FIELD_U64),
                        DIRECTION(struct km_sockstorage_value_56, FIELD_U8),
                        STORAGE_56(connect_success, FIELD_U8), STORAGE_56(via_waypoint, FIELD_U8),
                        STORAGE_56(encoded, FIELD_U8), STORAGE_56(destination_set, FIELD_U8),
                        STORAGE_56(destination, FIELD_TUPLE_BE)),
    },
    {
        .name = "km_sockstorage",
        .old_names = NAMES("map_of_sock_storage"),
        .version = "2024-12",
        .type = BPF_MAP_TYPE_SK_STORAGE,
        .key_size = 4,
        .value_size = sizeof(struct km_sockstorage_value_16),
        .key = FIELDS(ONE("fd", FIELD_U32)),
        .value = FIELDS(STORAGE_16(connect_ns, FIELD_U64),
                        DIRECTION(struct km_sockstorage_value_16, FIELD_U8),
                        STORAGE_16(connect_success, FIELD_U8)),
    },
    {
        .name = "km_socket",
        .old_names = NAMES("map_of_kmesh_socket"),
        .type = BPF_MAP_TYPE_SOCKHASH,
        .key_size = sizeof(struct km_tuple),
        .value_size = 4,
        .entries = 8192,
        .key = FIELDS(ONE("", FIELD_TUPLE_BE)),
        .value = FIELDS(ONE("value", FIELD_U32)),
    },
    {
        .name = "km_auth_req",
        .old_names = NAMES("km_tuple", "map_of_tuple"),
        .type = BPF_MAP_TYPE_RINGBUF,
        .value_size = sizeof(struct km_auth_record),
        .entries = 4096,
        .value = FIELDS(FIELD(struct km_auth_record, family, "family", 1, FIELD_FAMILY),
                        FIELD(struct km_auth_record, tuple, "", 1, FIELD_FAMILY_TUPLE_AUTH)),
    },
    {
        .name = "km_auth_res",
        .old_names = NAMES("km_auth", "map_of_auth"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_tuple),
        .value_size = 4,
        .entries = 8192,
        .key = FIELDS(ONE("", FIELD_TUPLE_AUTH)),
        .value = FIELDS(ONE("deny", FIELD_U32)),
    },
    {
        .name = "km_wlpolicy",
        .old_names = NAMES("map_of_wl_policy"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = 4,
        .value_size = sizeof(struct km_wlpolicy_value),
        .entries = 512,
        .key = FIELDS(ONE("uid", FIELD_U32)),
        .value =
            FIELDS(FIELD(struct km_wlpolicy_value, policies, "policies", KM_POLICIES, FIELD_U32)),
    },
    {
        .name = "km_authz_policy",
        .old_names = NAMES("map_of_authz_policy"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = 4,
        .value_size = sizeof(struct km_authorization),
        .entries = 512,
        .optional = true,
        .key = FIELDS(ONE("id", FIELD_U32)),
        .value = FIELDS(POLICY(name, FIELD_REF), POLICY(namespace, FIELD_REF),
                        WORDS(struct km_authorization, scope, FIELD_U32, layout_scopes),
                        WORDS(struct km_authorization, action, FIELD_U32, layout_actions),
                        LIST(struct km_authorization, rules, "rules")),
    },
#define CELLS(size, views)                                                                         \
    {                                                                                              \
        .name = "kmesh_map" #size, .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = (size), \
        .entries = 1000000, .optional = true, .key = FIELDS(ONE("index", FIELD_U32)),              \
        .value = (views)                                                                           \
    }
    CELLS(64, layout_map64),
    CELLS(192, layout_map192),
    CELLS(296, NULL),
    CELLS(1600, layout_map1600),
    {
        .name = "km_tcargs",
        .old_names = NAMES("kmesh_tc_args"),
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_tuple),
        .value_size = 40,
        .entries = 100000,
        .optional = true,
        .key = FIELDS(ONE("", FIELD_TUPLE_AUTH)),
    },
    {
        .name = "km_tcp_probe",
        .type = BPF_MAP_TYPE_RINGBUF,
        .value_size = sizeof(struct km_tcp_record),
        .entries = 256 * 1024,
        .value = FIELDS(
            RECORD(family, FIELD_FAMILY),
            FIELD(struct km_tcp_record, tuple, "", 1, FIELD_FAMILY_TUPLE),
            RECORD(destination, FIELD_FAMILY_END), DIRECTION(struct km_tcp_record, FIELD_U32),
            WORDS(struct km_tcp_record, state, FIELD_U32, layout_states),
            RECORD(success, FIELD_U32), RECORD(sent, FIELD_U32), RECORD(received, FIELD_U32),
            RECORD(start_ns, FIELD_U64), RECORD(report_ns, FIELD_U64),
            RECORD(duration_ns, FIELD_U64), RECORD(protocol, FIELD_U32), RECORD(srtt_us, FIELD_U32),
            RECORD(min_rtt_us, FIELD_U32), RECORD(retransmits, FIELD_U32), RECORD(lost, FIELD_U32)),
    },
    {
        .name = "km_log_event",
        .old_names = NAMES("kmesh_events"),
        .type = BPF_MAP_TYPE_RINGBUF,
        .value_size = sizeof(struct km_log_record),
        .entries = 256 * 1024,
        .value = FIELDS(ONE("text", FIELD_TEXT)),
    },
#define TAIL_CALLS(map, old)                                                                       \
    {                                                                                              \
        .name = (map), .old_names = (old), .type = BPF_MAP_TYPE_PROG_ARRAY, .key_size = 4,         \
        .value_size = 4, .entries = 8, .key = FIELDS(ONE("slot", FIELD_U32)),                      \
        .value = FIELDS(ONE("program", FIELD_U32)),                                                \
    }
    TAIL_CALLS("km_cgr_tailcall", NAMES("km_tailcallprog", "map_of_tail_call_prog")),
    TAIL_CALLS("km_cgr_tail6", NULL),
    /* Not the older km_xdptailcall: its slots are others. */
    TAIL_CALLS("km_xdp_tailcall", NULL),
};

const struct map_layout *map_layouts(size_t *n)
{
    *n = ARRAY_SIZE(layout_table);
    return layout_table;
}

static bool layout_is_called(const struct map_layout *layout, const char *name)
{
    if (strcmp(layout->name, name) == 0)
        return true;
    for (const char *const *old = layout->old_names; old && *old; old++)
        if (strcmp(*old, name) == 0)
            return true;
    return false;
}

const struct map_layout *map_layout(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(layout_table); i++)
        if (!layout_table[i].version && layout_is_called(&layout_table[i], name))
            return &layout_table[i];
    return NULL;
}

/* A ring buffer has no sizes (its layout gives that of its records). */
static bool layout_fits(const struct map_layout *layout, uint32_t key_size, uint32_t value_size)
{
    if (layout->type == BPF_MAP_TYPE_RINGBUF)
        return key_size == 0 && value_size == 0;
    return layout->key_size == key_size && layout->value_size == value_size;
}

const struct map_layout *map_layout_find(const char *name, enum bpf_map_type type,
                                         uint32_t key_size, uint32_t value_size)
{
    for (size_t i = 0; i < ARRAY_SIZE(layout_table); i++)
        if (layout_is_called(&layout_table[i], name) && layout_table[i].type == type &&
            layout_fits(&layout_table[i], key_size, value_size))
            return &layout_table[i];
    return NULL;
}

const char *map_contract_name(const char *name)
{
    const struct map_layout *layout = map_layout(name);

    return layout ? layout->name : name;
}
