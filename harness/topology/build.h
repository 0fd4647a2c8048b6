/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a specification to a topology, in steps. Every step answers a mistake with one line,
 * FILE:LINE, and -EINVAL.
 */
#pragma once

#include "topology/document.h"
#include "topology/index.h"
#include "topology/spec.h"
#include "topology/topology.h"

struct build {
    const struct document *document; /* for lines */
    const struct spec *spec;
    struct topology *topology; /* what is being made; its arrays are as long as the spec's */
    struct index names;        /* of nodes, pods and services, in build_owner()'s order */
};

/* Nodes, pods and services have one name space and one address space: position 0 … n_nodes - 1 are
 * the nodes, then the pods, then the services. */
enum build_kind { BUILD_NODE, BUILD_POD, BUILD_SERVICE };

struct build_owner {
    enum build_kind kind;
    size_t index;
    const char *name;
    struct address v4, v6;
    const struct address *more;
    size_t n_more;
};

size_t build_n_owners(const struct topology *t);
struct build_owner build_owner(const struct topology *t, size_t position);
/* "node", "pod" or "service". */
const char *build_kind_name(enum build_kind kind);
/* The names of `n` owners from position `from` on, as a list for a sentence that is cut when it
 * gets long. The caller frees it; NULL when there is no memory. */
char *build_list(const struct topology *t, size_t from, size_t n);

/* A place in the file: LIST/INDEX/MEMBER, or LIST/INDEX/INNER/INNER_INDEX/MEMBER. Its line is
 * looked up when there is something to say about it, not before. */
struct build_place {
    const char *list;
    size_t index;
    const char *member; /* "" for the entry as a whole */
    const char *inner;  /* or NULL */
    size_t inner_index;
};

struct build_place build_at(const struct build_owner *owner, const char *member);
size_t build_line(const struct build *b, struct build_place at);
/* Says "FILE:LINE: …" and returns -EINVAL. */
int build_error(const struct build *b, struct build_place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The steps, in this order. */
int build_names(struct build *b);       /* what a name may be; every name once; fills `names` */
int build_pod_nodes(struct build *b);   /* which node every pod is on */
int build_hosts(struct build *b);       /* what host pods of one node must agree on */
int build_numbers(struct build *b);     /* uids and ids, given and assigned; no port twice */
int build_addresses(struct build *b);   /* given and assigned */
int build_frontends(struct build *b);   /* whose every address is; who may share one */
int build_references(struct build *b);  /* endpoints, waypoints, the DNS proxy */
int build_policies(struct build *b);    /* rules as clauses; no name twice */
int build_policy_pods(struct build *b); /* ids, given and assigned; who is under which */
int build_settings(struct build *b);    /* numbers, addresses, and names of those that have one */

/* No two policies of one name in a namespace; a part of build_policies(). */
int build_policy_names(const struct build *b);
/* Finds the node, pod or service that is named at a place. */
int build_find(const struct build *b, struct build_place at, enum build_kind kind, const char *name,
               struct build_owner *out);

/* Reads a waypoint's address: as one that may be given to a pod, and the loopback too. */
int build_waypoint_address(const struct build *b, struct build_place at, const char *text,
                           struct address *out);
/* Whether the file gives an owner's addresses of that family. */
bool build_address_given(const struct build *b, const struct build_owner *owner, bool v6);
