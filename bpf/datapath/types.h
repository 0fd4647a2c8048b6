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
};

/* Value of km_sockstorage. */
struct storage {
    __u64 connect_ns;
    __u64 report_ns;
    __u8 direction; /* 1 inbound, 2 outbound */
    __u8 connect_success;
    __u8 via_waypoint;
    __u8 encoded;         /* the TLV is in the stream */
    __u8 destination_set; /* destination is valid */
    __u8 sockhash;        /* enum storage_sockhash */
    __u8 unused[2];
    struct bpf_sock_tuple destination; /* daddr and dport: what connect() asked for, BE */
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
