/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology as data: what a lab should be. Reading and checking needs neither a kernel nor root.
 * docs/topologies.md describes the file.
 *
 * All strings belong to the topology. Ports are in host byte order, addresses as in
 * common/address.h. Indexes refer to the arrays of the same topology.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "topology/policy.h"

/* Longest name of a lab, node, pod or service: lower-case letters, digits and '-' in the middle.
 * It keeps the path of an agent's socket within sockaddr_un and a name within a cgroup's. */
#define TOPOLOGY_NAME_MAX 31
/* Limits of the contract's map layouts (docs/contract.md §2). */
#define TOPOLOGY_PRIORITIES    7
#define TOPOLOGY_SERVICE_PORTS 10
#define TOPOLOGY_POD_SERVICES  10
/* Limits of our own: a node's number is a byte of its pods' addresses (and 0x80 + number must not
 * reach 0x96, the services'), pods and services fit into the contract's maps. */
#define TOPOLOGY_NODES_MAX       16
#define TOPOLOGY_PODS_MAX        40000
#define TOPOLOGY_SERVICES_MAX    5000
#define TOPOLOGY_LISTENERS_MAX   64
#define TOPOLOGY_ADDRESSES_MAX   16 /* of a family, of a pod or service */
#define TOPOLOGY_MAPS_MAX        64
#define TOPOLOGY_MAP_ENTRIES_MAX (1 << 24)
/* Largest file that is read. */
#define TOPOLOGY_FILE_MAX (4 << 20)

/* What a listener does with a connection that it accepted. All of them decode a TLV where there is
 * one and check the payload; see docs/observation.md. */
enum listener_mode {
    LISTENER_SINK,     /* reads to the end of the stream, then closes */
    LISTENER_BANNER,   /* speaks first: sends a payload on accept, then as LISTENER_SINK */
    LISTENER_ECHO,     /* sends every payload byte back (never the TLV's) */
    LISTENER_RESET,    /* resets the connection on the first byte that it reads */
    LISTENER_UDP,      /* answers a datagram with its payload */
    LISTENER_FASTOPEN, /* as LISTENER_SINK, with TCP_FASTOPEN on */
    LISTENER_SWAP,     /* as LISTENER_UDP, two datagrams at a time: the second is answered first */
};

static inline bool listener_is_udp(enum listener_mode mode)
{
    return mode == LISTENER_UDP || mode == LISTENER_SWAP;
}

/* What kind of socket it is: three different ways through the kernel, and through the programs. */
enum listener_family {
    LISTENER_DUAL, /* AF_INET6, which takes IPv4-mapped connections too */
    LISTENER_V4,   /* AF_INET */
    LISTENER_V6,   /* AF_INET6 with IPV6_V6ONLY */
};

struct topology_listener {
    uint16_t port;
    enum listener_mode mode;
    enum listener_family family;
};

struct topology_node {
    char *name;
    struct address v4, v6; /* always both: 10.127.0.N and fd00:127::N, N from 1 */
    /* Where its pods' assigned addresses are: 10.M.0.0/16 and fd00:M::/64, M being 127 + N. */
    struct address pods_v4, pods_v6;
};

/* Where traffic has to go first. None when port is 0. */
struct topology_waypoint {
    struct address v4, v6; /* af AF_UNSPEC when there is none of the family */
    uint16_t port;
};

struct topology_pod {
    char *name;
    size_t node;
    struct address v4, v6; /* the first; af AF_UNSPEC when the pod has none of the family */
    struct address *more;  /* the others, of either family */
    size_t n_more;
    bool host; /* in its node's network namespace, with addresses of the node */
    bool managed;
    uint32_t uid; /* backend uid; 0 is the DNS proxy's, and of no other pod */
    struct topology_waypoint waypoint;
    struct topology_listener *listeners;
    size_t n_listeners;
    size_t *services; /* the services that it is an endpoint of, at most TOPOLOGY_POD_SERVICES */
    size_t n_services;
    size_t policies[POLICY_POD_MAX]; /* the policies that it is under, in the file's order */
    size_t n_policies;
};

struct topology_port_pair {
    uint16_t port;   /* of the service */
    uint16_t target; /* of the endpoint */
};

/* Values of the contract's lb policy. */
enum lb_policy { LB_RANDOM = 0, LB_STRICT = 1, LB_FAILOVER = 2 };

/* "dual", "v4" or "v6". */
const char *listener_family_name(enum listener_family family);

/* "random", "strict" or "failover"; NULL for any other number. */
const char *lb_policy_name(uint32_t policy);

struct topology_endpoint {
    size_t pod;
    uint32_t priority; /* below TOPOLOGY_PRIORITIES */
};

struct topology_service {
    char *name;
    struct address v4, v6; /* the first of each family */
    struct address *more;  /* the others, of either family */
    size_t n_more;
    uint32_t id;     /* never 0 */
    uint32_t policy; /* an lb_policy, or a number that no datapath knows */
    struct topology_port_pair ports[TOPOLOGY_SERVICE_PORTS];
    size_t n_ports;
    struct topology_endpoint *endpoints; /* in the file's order */
    size_t n_endpoints;
    struct topology_waypoint waypoint;
};

/* An address that can be connected to, and whose it is: a service's where both are there, and of
 * several pods' the first one's. */
struct topology_frontend {
    struct address address;
    const struct topology_service *service; /* or NULL */
    const struct topology_pod *pod;         /* or NULL */
};

/* Another number of entries for a map, to reach its limit with few. */
struct topology_map {
    char *name;
    uint32_t entries;
};

/* What the nodes have between them. */
enum topology_encryption {
    ENCRYPTION_NONE,
    ENCRYPTION_MARKS, /* the programs that mark packets, and nothing that looks at the marks */
    ENCRYPTION_ESP,   /* the same, and what is marked goes through tunnels between the nodes */
};

/* "none", "marks" or "esp". */
const char *topology_encryption_name(enum topology_encryption encryption);
/* -EINVAL when it is none of them; says nothing. */
int topology_encryption_from_name(const char *name, enum topology_encryption *out);

#define TOPOLOGY_PODS_BITS_V4 16
#define TOPOLOGY_PODS_BITS_V6 64

/* A value for one of the programs' global variables. */
enum setting_kind { SETTING_NUMBER, SETTING_ADDRESS };

struct topology_setting {
    const char *name;
    char *text; /* for topology_setting_number() or topology_setting_address() */
};

struct topology {
    char *file;    /* its name, for messages */
    char *text;    /* the bytes that it was read from: comments and order are the person's */
    size_t length; /* of text */
    struct topology_node *nodes; /* at least one */
    size_t n_nodes;
    struct topology_pod *pods; /* at least one */
    size_t n_pods;
    struct topology_service *services;
    size_t n_services;
    struct topology_frontend *frontends; /* each address once: services', then pods' */
    size_t n_frontends;
    struct policies policies;
    enum topology_encryption encryption;
    struct topology_map *maps;
    size_t n_maps;
    struct topology_setting *settings;
    size_t n_settings;
};

/*
 * Reads and checks the file, assigns what it leaves open (addresses, ids: by position, so that the
 * same file gives the same topology every time), and resolves every name. The caller owns *out and
 * frees it with topology_free(). Any mistake is answered with one line, FILE:LINE: what was found
 * and what would be right, and -EINVAL; *out is then untouched. -ENOENT and the like when the file
 * cannot be read, -EFBIG when it is over 4 MiB.
 */
int topology_read(const char *path, struct topology **out);
/* The same from memory; `name` stands for the file in messages. */
int topology_parse(const char *name, const char *text, size_t length, struct topology **out);
/*
 * Policies alone: a file with the key `policies` of a topology and no other. Which pods they name
 * is not looked at, and an id that is left out is 0. The caller owns *out: policies_clear().
 */
int topology_parse_policies(const char *name, const char *text, size_t length,
                            struct policies *out);
/* Takes NULL; clears *topology. */
void topology_free(struct topology **topology);

/*
 * Calls `fn` for every network in which a node's pods are: of each node the two that addresses are
 * assigned from, and each pod's address from elsewhere alone, as /32 or /128.
 * `bits` counts from the beginning of the address. Returns the first error of `fn`.
 */
typedef int (*topology_network_fn)(void *data, size_t node, const struct address *address,
                                   uint32_t bits);
int topology_networks(const struct topology *t, topology_network_fn fn, void *data);

/* NULL when there is none of that name. */
const struct topology_pod *topology_pod(const struct topology *t, const char *name);
const struct topology_service *topology_service(const struct topology *t, const char *name);
const struct topology_node *topology_node(const struct topology *t, const char *name);
/* Whose an address is (IPv4-mapped counts as IPv4); NULL when it is no pod's and no service's. */
const struct topology_frontend *topology_frontend(const struct topology *t,
                                                  const struct address *address);
bool topology_is_node_address(const struct topology_node *node, const struct address *address);
/* Whether the two are one pod, or in one network namespace: any listener of either takes what comes
 * to an address of either. */
bool topology_pods_share(const struct topology_pod *one, const struct topology_pod *other);
/* Of the pods in this one's network namespace the one that listens on the port; NULL: none. */
const struct topology_pod *
topology_listens(const struct topology *t, const struct topology_pod *pod, uint16_t port, bool udp);
/* The pod that owns an address (IPv4-mapped counts as IPv4), the first of several; NULL when none
 * does. */
const struct topology_pod *topology_pod_by_address(const struct topology *t,
                                                   const struct address *address);

/*
 * "NAME:PORT" or "ADDRESS:PORT" to where a client of that family connects: a pod's or service's
 * address of the family (IPv4 for FAMILY_MAPPED, as ::ffff:a.b.c.d). A literal address must be of
 * the family. -EINVAL with a sentence that names the known pods and services when it cannot be
 * resolved.
 */
int topology_resolve(const struct topology *t, const char *target, enum family family,
                     struct address_port *out);

/* Whether the contract has a global variable of that name, and what it holds; `kind` may be NULL.
 */
bool topology_setting_known(const char *name, enum setting_kind *kind);
/* A setting's text as a number of 32 bits; -EINVAL otherwise. Says nothing. */
int topology_setting_number(const char *text, uint32_t *out);
/*
 * A setting's text as an address: one of either family, "none", or the name of a node, pod or
 * service, which stands for its address of that family (AF_UNSPEC where it has none). -EINVAL
 * otherwise; says nothing.
 */
int topology_setting_address(const struct topology *t, const char *text, enum family family,
                             struct address *out);

/* 0 when `name` may name a lab, node, pod or service, else -EINVAL; says nothing. */
int topology_name_check(const char *name);
