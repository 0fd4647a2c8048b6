// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "topology/build.h"

/* The first two bytes of assigned addresses; a node's pods have ADDRESSES_PODS + its number. */
#define ADDRESSES_V4        10
#define ADDRESSES_V6        0xfd
#define ADDRESSES_PODS      128
#define ADDRESSES_NODES     127
#define ADDRESSES_NODES6    0x127
#define ADDRESSES_SERVICES  96
#define ADDRESSES_SERVICES6 0x96

/* 10.SUBNET.x.y, the last 16 bits being `number`. */
static struct address addresses_v4(uint8_t subnet, size_t number)
{
    return (struct address){
        .af = AF_INET,
        .bytes = {ADDRESSES_V4, subnet, (uint8_t)(number >> 8), (uint8_t)number},
    };
}

/* fd00:SUBNET::number. */
static struct address addresses_v6(uint16_t subnet, size_t number)
{
    return (struct address){
        .af = AF_INET6,
        .bytes = {[0] = ADDRESSES_V6,
                  [2] = (uint8_t)(subnet >> 8),
                  [3] = (uint8_t)subnet,
                  [14] = (uint8_t)(number >> 8),
                  [15] = (uint8_t)number},
    };
}

static bool addresses_zero(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

/* Why nobody may have the address; NULL when one may. */
static const char *addresses_unfit_v4(const uint8_t *bytes, bool loopback)
{
    if (bytes[0] == 0)
        return "is of 0.0.0.0/8, where the manage commands are";
    if (bytes[0] == 127 && !loopback)
        return "is a loopback address, which only a waypoint may have";
    if (bytes[0] == 169 && bytes[1] == 254)
        return "is of 169.254.0.0/16, where the pods' gateway is";
    if (bytes[0] >= 224)
        return "is a multicast or reserved address";
    return NULL;
}

static const char *addresses_unfit_v6(const uint8_t *bytes, bool loopback)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
        return "is IPv4-mapped, write it as IPv4";
    if (addresses_zero(bytes + 4, 12))
        return "has zeroes for its last 12 bytes, a map's entry would be read as IPv4";
    if (addresses_zero(bytes, 15) && bytes[15] == 1)
        return loopback ? NULL : "is a loopback address, which only a waypoint may have";
    if (addresses_zero(bytes, 14))
        return "is of ::/112, where the manage commands are";
    if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
        return "is of fe80::/10, where the pods' gateway is";
    if (bytes[0] == 0xff)
        return "is a multicast address";
    return NULL;
}

static int addresses_check(const struct build *b, struct build_place at, const char *text,
                           const struct address *address, bool loopback)
{
    const char *unfit = address->af == AF_INET ? addresses_unfit_v4(address->bytes, loopback)
                                               : addresses_unfit_v6(address->bytes, loopback);

    return unfit ? build_error(b, at, "address %s %s", text, unfit) : 0;
}

int build_waypoint_address(const struct build *b, struct build_place at, const char *text,
                           struct address *out)
{
    char quoted[TEXT_QUOTE_MAX];

    if (address_parse(text, out) < 0)
        return build_error(b, at, "'%s' is no IP address", text_quote(text, quoted));
    return addresses_check(b, at, text, out, true);
}

/* One address of a pod or service: given, left out, or `assigned`. */
static int addresses_one(const struct build *b, struct build_place at, const char *text,
                         const struct address *assigned, struct address *out)
{
    char quoted[TEXT_QUOTE_MAX];

    if (text && strcmp(text, "none") == 0)
        return 0;
    *out = *assigned;
    if (!text || strcmp(text, "auto") == 0)
        return 0;
    if (address_parse(text, out) < 0 || out->af != assigned->af)
        return build_error(b, at, "'%s' is '%s', must be an %s address, auto or none", at.member,
                           text_quote(text, quoted), assigned->af == AF_INET ? "IPv4" : "IPv6");
    return addresses_check(b, at, text, out, false);
}

static int addresses_both(const struct build *b, size_t position, const char *const text[2],
                          const struct address assigned[2], struct address *v4, struct address *v6)
{
    struct build_owner owner = build_owner(b->topology, position);
    int r = addresses_one(b, build_at(&owner, "ipv4"), text[0], &assigned[0], v4);

    if (r < 0)
        return r;
    r = addresses_one(b, build_at(&owner, "ipv6"), text[1], &assigned[1], v6);
    if (r < 0)
        return r;
    if (v4->af == AF_UNSPEC && v6->af == AF_UNSPEC)
        return build_error(b, build_at(&owner, "ipv4"),
                           "the %s '%s' has no address, one of ipv4 and ipv6 must not be none",
                           build_kind_name(owner.kind), owner.name);
    return 0;
}

static int addresses_pods(const struct build *b)
{
    struct topology *t = b->topology;
    size_t numbers[TOPOLOGY_NODES_MAX] = {0};

    for (size_t i = 0; i < t->n_pods; i++) {
        struct topology_pod *pod = &t->pods[i];
        const struct spec_pod *p = &b->spec->pods[i];
        size_t number = 2 + numbers[pod->node]++;
        uint8_t subnet = (uint8_t)(ADDRESSES_PODS + pod->node);

        int r = addresses_both(
            b, t->n_nodes + i, (const char *const[]){p->ipv4, p->ipv6},
            (struct address[]){addresses_v4(subnet, number), addresses_v6(subnet, number)},
            &pod->v4, &pod->v6);

        if (r < 0)
            return r;
    }
    return 0;
}

static int addresses_services(const struct build *b)
{
    struct topology *t = b->topology;

    for (size_t i = 0; i < t->n_services; i++) {
        const struct spec_service *s = &b->spec->services[i];
        int r =
            addresses_both(b, t->n_nodes + t->n_pods + i, (const char *const[]){s->ipv4, s->ipv6},
                           (struct address[]){addresses_v4(ADDRESSES_SERVICES, 1 + i),
                                              addresses_v6(ADDRESSES_SERVICES6, 1 + i)},
                           &t->services[i].v4, &t->services[i].v6);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Whether the file gives the owner's address of that family. */
static bool addresses_given(const struct build *b, const struct build_owner *owner, bool v6)
{
    const char *text = NULL;

    if (owner->kind == BUILD_POD)
        text = v6 ? b->spec->pods[owner->index].ipv6 : b->spec->pods[owner->index].ipv4;
    else if (owner->kind == BUILD_SERVICE)
        text = v6 ? b->spec->services[owner->index].ipv6 : b->spec->services[owner->index].ipv4;
    return text && strcmp(text, "auto") != 0;
}

/* Blames the one that the file gives: assigned addresses do not overlap. */
static int addresses_overlap(const struct build *b, size_t first, size_t second, bool v6)
{
    struct build_owner one = build_owner(b->topology, first);
    struct build_owner two = build_owner(b->topology, second);
    bool given = addresses_given(b, &two, v6), both = given && addresses_given(b, &one, v6);
    const struct build_owner *wrong = given ? &two : &one, *other = given ? &one : &two;
    char text[ADDRESS_TEXT_MAX];

    return build_error(
        b, build_at(wrong, v6 ? "ipv6" : "ipv4"), "address %s of the %s '%s' is %s to the %s '%s'",
        address_text(v6 ? &wrong->v6 : &wrong->v4, text), build_kind_name(wrong->kind), wrong->name,
        both ? "given already" : "assigned", build_kind_name(other->kind), other->name);
}

static int addresses_unique(const struct build *b, bool v6)
{
    _cleanup_index_ struct index index = {0};
    _cleanup_free_ struct address *addresses = NULL;
    size_t n = build_n_owners(b->topology), first, second;
    int r = index_init(&index, n);

    if (r < 0)
        return r;
    addresses = calloc(n, sizeof(*addresses));
    if (!addresses)
        return err_r(ENOMEM, "cannot check a topology");
    for (size_t i = 0; i < n; i++) {
        struct build_owner owner = build_owner(b->topology, i);

        addresses[i] = v6 ? owner.v6 : owner.v4;
        if (addresses[i].af != AF_UNSPEC)
            index_add(&index, addresses[i].bytes, sizeof(addresses[i].bytes), i);
    }
    index_sort(&index);
    return index_duplicate(&index, &first, &second) ? addresses_overlap(b, first, second, v6) : 0;
}

static void addresses_nodes(const struct build *b)
{
    for (size_t i = 0; i < b->topology->n_nodes; i++) {
        b->topology->nodes[i].v4 = addresses_v4(ADDRESSES_NODES, 1 + i);
        b->topology->nodes[i].v6 = addresses_v6(ADDRESSES_NODES6, 1 + i);
        b->topology->nodes[i].pods_v4 = addresses_v4((uint8_t)(ADDRESSES_PODS + i), 0);
        b->topology->nodes[i].pods_v6 = addresses_v6((uint16_t)(ADDRESSES_PODS + i), 0);
    }
}

int build_addresses(struct build *b)
{
    int r;

    addresses_nodes(b);
    r = addresses_pods(b);
    if (r < 0)
        return r;
    r = addresses_services(b);
    if (r < 0)
        return r;
    r = addresses_unique(b, false);
    return r < 0 ? r : addresses_unique(b, true);
}
