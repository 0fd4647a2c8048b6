/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract's layouts (docs/contract.md §2) as C types. Byte order is said at each field; the
 * assertions at the end hold the offsets to the contract's figures.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define AF_INET  2
#define AF_INET6 10

/* An address: IPv6 as it is, IPv4 in the first word with zeroes behind it, all zero is none. BE. */
struct ip {
    __u32 word[4];
};

/* A port cell of km_service and km_backend: the BE port stands in the first two bytes. */
struct port_cell {
    __be16 port;
    __u16 zero;
};

#define SERVICE_PORTS    10
#define PRIORITIES       7
#define BACKEND_SERVICES 10

enum lb_policy {
    LB_RANDOM = 0,
    LB_STRICT = 1,
    LB_FAILOVER = 2,
};

struct service {
    __u32 counts[PRIORITIES]; /* endpoints per priority */
    __u32 policy;             /* enum lb_policy */
    struct port_cell ports[SERVICE_PORTS];
    struct port_cell targets[SERVICE_PORTS]; /* pairs with ports[] by index */
    struct ip waypoint;
    struct port_cell waypoint_port;
};

struct endpoint_key {
    __u32 service;
    __u32 priority;
    __u32 index; /* from 1 */
};

struct backend {
    struct ip address;
    __u32 n_services;
    __u32 services[BACKEND_SERVICES];
    struct ip waypoint;
    struct port_cell waypoint_port;
};

/* Key of km_manage: an address, or a namespace's cookie in the first 8 bytes. */
union manage_key {
    struct ip address;
    struct {
        __u64 cookie;
        __u64 zero;
    } netns;
};

/* Which sockhash holds the socket's entry. Not in the contract: the byte is unused there. */
enum storage_sockhash {
    SOCKHASH_NONE,
    SOCKHASH_TUPLE,  /* km_socket */
    SOCKHASH_COOKIE, /* km_socket_x */
    SOCKHASH_FAILED, /* none would take it */
};

enum direction {
    DIRECTION_INBOUND = 1,
    DIRECTION_OUTBOUND = 2,
};

/* Value of km_sockstorage. */
struct storage {
    __u64 connect_ns;
    __u64 report_ns;
    __u8 direction; /* enum direction */
    __u8 connect_success;
    __u8 via_waypoint;
    __u8 encoded;         /* the TLV is in the stream */
    __u8 destination_set; /* destination is valid */
    __u8 sockhash;        /* enum storage_sockhash */
    __u8 unused[2];
    struct bpf_sock_tuple destination; /* daddr and dport, BE: what connect() asked for */
};

/* Families as user space is told them. */
enum wire_family {
    WIRE_V4 = 0, /* IPv4-mapped, too */
    WIRE_V6 = 1,
};

/* An original destination in a report. */
union probe_destination {
    struct {
        __be32 address;
        __u16 port; /* host order */
    } v4;
    struct {
        __be32 address[4];
        __u16 port; /* host order */
    } v6;
};

/* Record of km_tcp_probe. */
struct probe {
    __u32 family;                /* enum wire_family */
    struct bpf_sock_tuple tuple; /* client first, addresses BE, ports in host order */
    union probe_destination destination;
    __u32 sent_bytes;     /* acknowledged ones, SYN and FIN among them */
    __u32 received_bytes; /* payload */
    __u32 success;        /* 1 */
    __u32 direction;      /* enum direction */
    __u32 state;          /* BPF_TCP_ESTABLISHED or BPF_TCP_CLOSE */
    __u64 duration_ns;
    __u64 start_ns;
    __u64 report_ns;
    __u32 protocol; /* IPPROTO_TCP */
    __u32 srtt_us;
    __u32 min_rtt_us;
    __u32 retransmits; /* of the whole connection */
    __u32 lost;        /* packets that count as lost just now */
    __u32 padding;
};

struct log_event {
    __u32 length; /* of the text, without its terminator */
    char text[256];
};

_Static_assert(sizeof(struct service) == 132, "km_service value");
_Static_assert(offsetof(struct service, policy) == 28, "lb policy");
_Static_assert(offsetof(struct service, ports) == 32, "service ports");
_Static_assert(offsetof(struct service, targets) == 72, "target ports");
_Static_assert(offsetof(struct service, waypoint) == 112, "service waypoint");
_Static_assert(sizeof(struct backend) == 80, "km_backend value");
_Static_assert(offsetof(struct backend, services) == 20, "service ids");
_Static_assert(offsetof(struct backend, waypoint) == 60, "backend waypoint");
_Static_assert(sizeof(union manage_key) == 16, "km_manage key");
_Static_assert(sizeof(struct bpf_sock_tuple) == 36, "tuple");
_Static_assert(sizeof(struct storage) == 64, "km_sockstorage value");
_Static_assert(offsetof(struct storage, destination) == 24, "original destination");
_Static_assert(sizeof(struct log_event) == 260, "km_log_event record");
_Static_assert(offsetof(struct storage, report_ns) == 8, "last report");
_Static_assert(offsetof(struct storage, direction) == 16, "direction");
_Static_assert(offsetof(struct storage, destination_set) == 20, "destination set");
_Static_assert(sizeof(struct probe) == 128, "km_tcp_probe record");
_Static_assert(offsetof(struct probe, tuple) == 4, "report: tuple");
_Static_assert(offsetof(struct probe, destination) == 40, "report: original destination");
_Static_assert(offsetof(struct probe, destination.v4.port) == 44, "report: its port, IPv4");
_Static_assert(offsetof(struct probe, destination.v6.port) == 56, "report: its port, IPv6");
_Static_assert(offsetof(struct probe, sent_bytes) == 60, "report: sent");
_Static_assert(offsetof(struct probe, received_bytes) == 64, "report: received");
_Static_assert(offsetof(struct probe, success) == 68, "report: success");
_Static_assert(offsetof(struct probe, direction) == 72, "report: direction");
_Static_assert(offsetof(struct probe, state) == 76, "report: state");
_Static_assert(offsetof(struct probe, duration_ns) == 80, "report: duration");
_Static_assert(offsetof(struct probe, start_ns) == 88, "report: start");
_Static_assert(offsetof(struct probe, report_ns) == 96, "report: time of the report");
_Static_assert(offsetof(struct probe, protocol) == 104, "report: protocol");
_Static_assert(offsetof(struct probe, srtt_us) == 108, "report: srtt");
_Static_assert(offsetof(struct probe, min_rtt_us) == 112, "report: min rtt");
_Static_assert(offsetof(struct probe, retransmits) == 116, "report: retransmits");
_Static_assert(offsetof(struct probe, lost) == 120, "report: lost");
