/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys and values of the contract's maps as C types (docs/contract.md §2). Ports in "u32 cells"
 * are a big-endian 16-bit port in the cell's first two bytes: maps_port_cell().
 */
#pragma once

#include <arpa/inet.h>
#include <assert.h>
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
