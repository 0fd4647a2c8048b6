/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a policy matches a connection that is about to begin: docs/contract-policy.md §9. Each
 * level of a policy is a list of references to the next: rules, clauses, matches, addresses and
 * ports. A list is walked by bpf_loop(), whose body the verifier reads once for all elements.
 *
 * What the maps say is not believed: a reference may lead nowhere, a count may be any number.
 */
#pragma once

#include "datapath/maps_policy.h"
#include "datapath/types.h"

/* A function that the verifier reads once, and not for each caller and each state of the caller.
 * Its pointers may be NULL for all that it knows. */
#define POLICY_ONCE __attribute__((noinline))

/* The order matters: "any of" is the greatest, "all of" is the least. */
enum policy_verdict {
    POLICY_MISS,
    POLICY_UNDECIDED, /* addresses and ports match, and who it is only user space knows */
    POLICY_HIT,
    POLICY_NONE,    /* of a policy: it is not there */
    POLICY_CHANGED, /* of a policy: it was replaced or deleted in between */
};

/* An address of a packet: BE, what its family does not use is zero. */
struct policy_end {
    __be32 word[4];
    __u64 size; /* in bytes: 4 or 16 */
};

struct policy_packet {
    struct policy_end source, destination;
    __u32 port;   /* the destination's, host order */
    __u32 action; /* enum policy_action of the policy that is asked */
};

/* A list of references that is being walked. */
struct policy_walk {
    struct policy_packet *packet;
    struct policy_refs *array;
    enum policy_verdict verdict; /* so far */
};

/* What a list of addresses or ports says. */
enum policy_found {
    POLICY_FOUND = 1, /* an element matches */
    POLICY_GONE = 2,  /* an element is not there */
};

/* ---- what a reference leads to: NULL when it is not there ---- */

static __always_inline bool policy_leads_to(struct policy_ref ref, enum policy_map map, __u32 *key)
{
    *key = ref.cell & 0xffffff;
    return ref.cell >> 24 == map;
}

/* A rule, a clause, an address or the bytes of one. */
static __always_inline void *policy_part(struct policy_ref ref)
{
    __u32 key;

    return policy_leads_to(ref, POLICY_MAP64, &key) ? bpf_map_lookup_elem(&kmesh_map64, &key)
                                                    : NULL;
}

static __always_inline struct policy_match *policy_match_at(struct policy_ref ref)
{
    __u32 key;

    return policy_leads_to(ref, POLICY_MAP192, &key) ? bpf_map_lookup_elem(&kmesh_map192, &key)
                                                     : NULL;
}

/* An array of references or of ports. */
static __always_inline void *policy_array(struct policy_ref ref)
{
    __u32 key;

    return policy_leads_to(ref, POLICY_MAP1600, &key) ? bpf_map_lookup_elem(&kmesh_map1600, &key)
                                                      : NULL;
}

/* ---- addresses and ports ---- */

struct policy_blocks {
    const struct policy_end *end;
    struct policy_refs *array;
    __u32 found; /* enum policy_found, or-ed */
};

static __always_inline bool policy_block_has(const struct policy_address *block,
                                             const __be32 *bytes, const struct policy_end *end)
{
    __u32 prefix = block->prefix, bits, other = 0;
    int i;

    if (block->size != end->size || prefix > 8 * end->size)
        return false;
    for (i = 0; i < 4; i++) {
        bits = prefix > 32 ? 32 : prefix;
        other |= bpf_ntohl(bytes[i] ^ end->word[i]) & (__u32)(0xffffffff00000000 >> bits);
        prefix -= bits;
    }
    return !other;
}

static long policy_each_block(__u32 i, void *context)
{
    struct policy_blocks *list = context;
    struct policy_address *block;
    __be32 *bytes;

    if (i >= POLICY_REFS)
        return 1;
    block = policy_part(list->array->refs[i]);
    bytes = block ? policy_part(block->bytes) : NULL;
    if (!bytes)
        list->found |= POLICY_GONE;
    else if (policy_block_has(block, bytes, list->end))
        list->found |= POLICY_FOUND;
    return 0;
}

/* Elements that a count promises and that the array has no room for are not there. */
static __always_inline __u32 policy_walkable(const struct policy_list *list, __u32 room)
{
    return list->count > room ? room : (__u32)list->count;
}

POLICY_ONCE __u32 policy_find_block(const struct policy_end *end, const struct policy_list *list)
{
    struct policy_blocks blocks = {.end = end};

    if (!end || !list)
        return 0;
    blocks.array = policy_array(list->array);
    if (!blocks.array || list->count > POLICY_REFS)
        blocks.found = POLICY_GONE;
    if (blocks.array)
        bpf_loop(policy_walkable(list, POLICY_REFS), policy_each_block, &blocks, 0);
    return blocks.found;
}

struct policy_numbers {
    struct policy_ports *array;
    __u32 port;
    bool found;
};

static long policy_each_port(__u32 i, void *context)
{
    struct policy_numbers *list = context;

    if (i >= POLICY_PORTS)
        return 1;
    list->found = list->array->ports[i] == list->port;
    return list->found;
}

static __always_inline __u32 policy_find_port(__u32 port, const struct policy_list *list)
{
    struct policy_numbers numbers = {.port = port};
    __u32 gone;

    numbers.array = policy_array(list->array);
    gone = !numbers.array || list->count > POLICY_PORTS ? POLICY_GONE : 0;
    if (numbers.array)
        bpf_loop(policy_walkable(list, POLICY_PORTS), policy_each_port, &numbers, 0);
    return gone | (numbers.found ? POLICY_FOUND : 0);
}

/* ---- matches, clauses, rules ---- */

/*
 * Whether the negative list of a kind keeps the packet out. Whom a missing element would have
 * excepted nobody knows: an ALLOW lets nobody in by it, and a DENY spares nobody.
 */
static __always_inline bool policy_is_excepted(__u32 found, __u32 action)
{
    return found & POLICY_FOUND || (found & POLICY_GONE && action != POLICY_DENY);
}

static __always_inline bool policy_blocks_have(const struct policy_end *end, __u32 action,
                                               const struct policy_list *blocks,
                                               const struct policy_list *not_blocks)
{
    if (not_blocks->count && policy_is_excepted(policy_find_block(end, not_blocks), action))
        return false;
    return !blocks->count || policy_find_block(end, blocks) & POLICY_FOUND;
}

static __always_inline bool policy_ports_have(__u32 port, __u32 action,
                                              const struct policy_list *ports,
                                              const struct policy_list *not_ports)
{
    if (not_ports->count && policy_is_excepted(policy_find_port(port, not_ports), action))
        return false;
    return !ports->count || policy_find_port(port, ports) & POLICY_FOUND;
}

static __always_inline bool policy_has_peers(const struct policy_match *match)
{
    return match->namespaces.count | match->not_namespaces.count | match->principals.count |
           match->not_principals.count;
}

static __always_inline bool policy_is_empty(const struct policy_match *match)
{
    return !(match->source_ips.count | match->not_source_ips.count | match->destination_ips.count |
             match->not_destination_ips.count | match->destination_ports.count |
             match->not_destination_ports.count) &&
           !policy_has_peers(match);
}

POLICY_ONCE enum policy_verdict policy_match(const struct policy_packet *packet,
                                             const struct policy_match *match)
{
    if (!packet || !match || policy_is_empty(match))
        return POLICY_MISS;
    if (!policy_ports_have(packet->port, packet->action, &match->destination_ports,
                           &match->not_destination_ports) ||
        !policy_blocks_have(&packet->source, packet->action, &match->source_ips,
                            &match->not_source_ips) ||
        !policy_blocks_have(&packet->destination, packet->action, &match->destination_ips,
                            &match->not_destination_ips))
        return POLICY_MISS;
    return policy_has_peers(match) ? POLICY_UNDECIDED : POLICY_HIT;
}

/* Walks a list that matches if any of its elements does. */
static __always_inline enum policy_verdict policy_any(struct policy_packet *packet,
                                                      const struct policy_list *list,
                                                      long (*each)(__u32 i, void *context))
{
    struct policy_walk walk = {.packet = packet, .verdict = POLICY_MISS};

    walk.array = policy_array(list->array);
    if (walk.array)
        bpf_loop(policy_walkable(list, POLICY_REFS), each, &walk, 0);
    return walk.verdict;
}

static __always_inline long policy_add_any(struct policy_walk *walk, enum policy_verdict verdict)
{
    if (verdict > walk->verdict)
        walk->verdict = verdict;
    return walk->verdict == POLICY_HIT;
}

static long policy_each_match(__u32 i, void *context)
{
    struct policy_walk *walk = context;
    struct policy_match *match;

    if (i >= POLICY_REFS)
        return 1;
    match = policy_match_at(walk->array->refs[i]);
    return policy_add_any(walk, match ? policy_match(walk->packet, match) : POLICY_MISS);
}

static __always_inline enum policy_verdict policy_clause(struct policy_packet *packet,
                                                         const struct policy_clause *clause)
{
    return clause->matches.count ? policy_any(packet, &clause->matches, policy_each_match)
                                 : POLICY_HIT;
}

static long policy_each_clause(__u32 i, void *context)
{
    struct policy_walk *walk = context;
    struct policy_clause *clause;
    enum policy_verdict verdict;

    if (i >= POLICY_REFS)
        return 1;
    clause = policy_part(walk->array->refs[i]);
    verdict = clause ? policy_clause(walk->packet, clause) : POLICY_MISS;
    if (verdict < walk->verdict)
        walk->verdict = verdict;
    return walk->verdict == POLICY_MISS;
}

/* All of its clauses: one that is not there misses, so the rule does. */
static __always_inline enum policy_verdict policy_rule(struct policy_packet *packet,
                                                       const struct policy_rule *rule)
{
    struct policy_walk walk = {.packet = packet, .verdict = POLICY_HIT};

    if (!rule->clauses.count)
        return POLICY_HIT;
    walk.array = policy_array(rule->clauses.array);
    if (!walk.array || rule->clauses.count > POLICY_REFS)
        return POLICY_MISS;
    bpf_loop(policy_walkable(&rule->clauses, POLICY_REFS), policy_each_clause, &walk, 0);
    return walk.verdict;
}

static long policy_each_rule(__u32 i, void *context)
{
    struct policy_walk *walk = context;
    struct policy_rule *rule;

    if (i >= POLICY_REFS)
        return 1;
    rule = policy_part(walk->array->refs[i]);
    return policy_add_any(walk, rule ? policy_rule(walk->packet, rule) : POLICY_MISS);
}

/* ---- policies ---- */

static __always_inline struct policy_authorization *policy_find(__u32 id)
{
    return id ? bpf_map_lookup_elem(&km_authz_policy, &id) : NULL;
}

/* Ids without a policy are no policies. NULL: a workload that has none. */
static __always_inline bool policy_applies(const struct policy_workload *workload)
{
    if (!workload)
        return false;
    for (int i = 0; i < POLICY_SLOTS; i++)
        if (policy_find(workload->ids[i]))
            return true;
    return false;
}

/*
 * What one policy says; packet->action says what it would do. It may be replaced or deleted while
 * it is read: then the memory of its parts, and its own, may have been used anew in between.
 */
POLICY_ONCE enum policy_verdict policy_ask(struct policy_packet *packet, __u32 id)
{
    struct policy_authorization *policy = policy_find(id);
    enum policy_verdict verdict;

    if (!packet || !policy)
        return POLICY_NONE;
    packet->action = policy->action;
    verdict = policy_any(packet, &policy->rules, policy_each_rule);
    return policy_find(id) == policy ? verdict : POLICY_CHANGED;
}

enum policy_decision {
    POLICY_PASS,
    POLICY_DROP,
    POLICY_AGAIN, /* the policies changed in between */
};

/*
 * What the policies of a workload do with the packet. What user space has to decide passes: it is
 * asked about every accepted connection.
 */
static __always_inline enum policy_decision policy_decide(struct policy_packet *packet,
                                                          const struct policy_workload *workload)
{
    enum policy_verdict verdict, allow = POLICY_MISS;
    bool has_allow = false;

    for (int i = 0; i < POLICY_SLOTS; i++) {
        verdict = policy_ask(packet, workload->ids[i]);
        if (verdict == POLICY_CHANGED)
            return POLICY_AGAIN;
        if (verdict == POLICY_NONE)
            continue;
        if (packet->action == POLICY_DENY && verdict == POLICY_HIT)
            return POLICY_DROP;
        if (packet->action == POLICY_DENY)
            continue;
        has_allow = true;
        if (verdict > allow)
            allow = verdict;
    }
    return has_allow && allow == POLICY_MISS ? POLICY_DROP : POLICY_PASS;
}
