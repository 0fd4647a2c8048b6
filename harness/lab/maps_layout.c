// SPDX-License-Identifier: Apache-2.0
/* The table of the contract's maps. A ring buffer has the size of its records as value size. */
#include "lab/maps_layout.h"

#include "common/cleanup.h"
#include "lab/maps.h"

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
#define ONE(json, k)                                                                               \
    {                                                                                              \
        .name = (json), .offset = 0, .count = 1, .kind = (k)                                       \
    }

#define SERVICE(member, n, k) FIELD(struct km_service_value, member, #member, n, k)
#define ENDPOINT(member)      FIELD(struct km_endpoint_key, member, #member, 1, FIELD_U32)
#define BACKEND(member, n, k) FIELD(struct km_backend_value, member, #member, n, k)
#define STORAGE(member, k)    FIELD(struct km_sockstorage_value, member, #member, 1, k)

static const struct map_layout layout_table[] = {
    {
        .name = "km_manage",
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_manage_key),
        .value_size = 4,
        .entries = 8192,
        .key = FIELDS(ONE("", FIELD_MANAGE_KEY)),
        .value = FIELDS(ONE("value", FIELD_U32)),
    },
    {
        .name = "km_frontend",
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_frontend_key),
        .value_size = 4,
        .entries = 105000,
        .key = FIELDS(ONE("address", FIELD_ADDRESS)),
        .value = FIELDS(ONE("upstream", FIELD_U32)),
    },
    {
        .name = "km_service",
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
        .name = "km_endpoint",
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_endpoint_key),
        .value_size = 4,
        .entries = 105000,
        .key = FIELDS(ENDPOINT(service), ENDPOINT(priority), ENDPOINT(index)),
        .value = FIELDS(ONE("uid", FIELD_U32)),
    },
    {
        .name = "km_backend",
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
        .type = BPF_MAP_TYPE_SK_STORAGE,
        .key_size = 4,
        .value_size = sizeof(struct km_sockstorage_value),
        .key = FIELDS(ONE("fd", FIELD_U32)),
        .value = FIELDS(STORAGE(connect_ns, FIELD_U64), STORAGE(report_ns, FIELD_U64),
                        STORAGE(direction, FIELD_U8), STORAGE(connect_success, FIELD_U8),
                        STORAGE(via_waypoint, FIELD_U8), STORAGE(encoded, FIELD_U8),
                        STORAGE(destination_set, FIELD_U8), STORAGE(destination, FIELD_TUPLE_BE)),
    },
    {
        .name = "km_socket",
        .type = BPF_MAP_TYPE_SOCKHASH,
        .key_size = sizeof(struct km_tuple),
        .value_size = 4,
        .entries = 8192,
        .key = FIELDS(ONE("", FIELD_TUPLE_BE)),
        .value = FIELDS(ONE("value", FIELD_U32)),
    },
    {.name = "km_auth_req", .type = BPF_MAP_TYPE_RINGBUF, .value_size = 40, .entries = 4096},
    {
        .name = "km_auth_res",
        .type = BPF_MAP_TYPE_HASH,
        .key_size = sizeof(struct km_tuple),
        .value_size = 4,
        .entries = 8192,
        .key = FIELDS(ONE("", FIELD_TUPLE_HOST)),
        .value = FIELDS(ONE("deny", FIELD_U32)),
    },
    {
        .name = "km_wlpolicy",
        .type = BPF_MAP_TYPE_HASH,
        .key_size = 4,
        .value_size = sizeof(struct km_wlpolicy_value),
        .entries = 512,
        .key = FIELDS(ONE("uid", FIELD_U32)),
        .value =
            FIELDS(FIELD(struct km_wlpolicy_value, policies, "policies", KM_POLICIES, FIELD_U32)),
    },
    {
        .name = "km_tcp_probe",
        .type = BPF_MAP_TYPE_RINGBUF,
        .value_size = 128,
        .entries = 256 * 1024,
    },
    {
        .name = "km_log_event",
        .type = BPF_MAP_TYPE_RINGBUF,
        .value_size = sizeof(struct km_log_record),
        .entries = 256 * 1024,
    },
#define TAIL_CALLS(map)                                                                            \
    {                                                                                              \
        .name = (map), .type = BPF_MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4,            \
        .entries = 8, .key = FIELDS(ONE("slot", FIELD_U32)),                                       \
        .value = FIELDS(ONE("program", FIELD_U32)),                                                \
    }
    TAIL_CALLS("km_cgr_tailcall"),
    TAIL_CALLS("km_cgr_tail6"),
    TAIL_CALLS("km_xdp_tailcall"),
};

const struct map_layout *map_layouts(size_t *n)
{
    *n = ARRAY_SIZE(layout_table);
    return layout_table;
}

const struct map_layout *map_layout(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(layout_table); i++)
        if (strcmp(layout_table[i].name, name) == 0)
            return &layout_table[i];
    return NULL;
}

bool map_layout_fits(const struct map_layout *layout, uint32_t key_size, uint32_t value_size)
{
    if (layout->type == BPF_MAP_TYPE_RINGBUF)
        return key_size == 0 && value_size == 0;
    return layout->key_size == key_size && layout->value_size == value_size;
}
