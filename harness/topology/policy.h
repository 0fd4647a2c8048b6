/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization policies as data, in the form that the kernel judges them by (docs/contract.md §8):
 * rules of clauses of matches of lists. How an Istio rule becomes that is said in
 * docs/topologies.md.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/address.h"

/* Limits of the maps' cells: references and ports of an array, bytes of a string. */
#define POLICY_REFS_MAX  200
#define POLICY_PORTS_MAX 400
#define POLICY_TEXT_MAX  191
/* An index in the maps, 24 bits. */
#define POLICY_INDEX_MAX 0xffffff
/* Policies of one workload, and of a map. */
#define POLICY_POD_MAX  4
#define POLICY_LIST_MAX 512

/* The values of the map. */
enum policy_action { POLICY_ALLOW, POLICY_DENY };

/* A match's lists, in the order of the map's. Every second one is what must not be. */
enum policy_list_kind {
    POLICY_NAMESPACES,
    POLICY_NOT_NAMESPACES,
    POLICY_PRINCIPALS,
    POLICY_NOT_PRINCIPALS,
    POLICY_SOURCE_IPS,
    POLICY_NOT_SOURCE_IPS,
    POLICY_DESTINATION_IPS,
    POLICY_NOT_DESTINATION_IPS,
    POLICY_DESTINATION_PORTS,
    POLICY_NOT_DESTINATION_PORTS,
    POLICY_LISTS,
};

/* What the elements of a list are. */
enum policy_element_kind { POLICY_TEXTS, POLICY_BLOCKS, POLICY_PORTS };

/* How a text is compared; the values of the map. */
enum policy_text_kind { POLICY_TEXT_NONE, POLICY_EXACT, POLICY_PREFIX, POLICY_SUFFIX };

/* Of a text: `text` and `comparison`; of a block: `address` and `prefix`; of a port: `port`. */
struct policy_element {
    char *text; /* without the '*' that says prefix or suffix */
    enum policy_text_kind comparison;
    struct address address; /* an IPv4-mapped one is AF_INET6 */
    uint32_t prefix;
    uint32_t port; /* host byte order */
};

struct policy_list {
    struct policy_element *elements;
    size_t n;
};

struct policy_match {
    struct policy_list lists[POLICY_LISTS];
};

struct policy_clause {
    struct policy_match *matches;
    size_t n;
};

struct policy_rule {
    struct policy_clause *clauses;
    size_t n;
};

struct policy {
    char *name, *namespace;
    uint32_t id;    /* never 0 */
    uint32_t index; /* of its parts in the maps: none is below it; 0: as they come */
    enum policy_action action;
    struct policy_rule *rules;
    size_t n_rules;
    size_t *pods; /* the pods that it is on, in order, none twice */
    size_t n_pods;
};

struct policies {
    struct policy *list;
    size_t n;
};

/* Takes one that is empty, and leaves an empty one. */
void policies_clear(struct policies *policies);

enum policy_element_kind policy_element_kind(enum policy_list_kind list);
/* What the contract calls the list: "not_source_ips". */
const char *policy_list_name(enum policy_list_kind list);
/* Reads one of a list's elements. -EINVAL otherwise; says nothing. `text` is allocated. */
int policy_element_parse(enum policy_list_kind list, const char *text, struct policy_element *out);
/* Room for an element's text and its end. */
#define POLICY_ELEMENT_TEXT 256
/* The element as it is written in a file; an address without the bits that are all of it. Returns
 * out. */
const char *policy_element_text(enum policy_list_kind list, const struct policy_element *element,
                                char out[POLICY_ELEMENT_TEXT]);
/* What would be right in such a list, for a sentence. */
const char *policy_element_right(enum policy_list_kind list);
/* 0 when `text` may be a name, a namespace or a principal, else -EINVAL; says nothing. */
int policy_text_check(const char *text);
