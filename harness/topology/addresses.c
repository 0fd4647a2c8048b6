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

/* Who gets an address: what is reserved, services have in clusters all the same. */
enum addresses_use { ADDRESSES_POD, ADDRESSES_SERVICE, ADDRESSES_WAYPOINT };

/* Why nobody may have the address; NULL when one may. */
static const char *addresses_unfit_v4(const uint8_t *bytes, enum addresses_use use)
{
    static const uint8_t gateway[4] = {169, 254, 1, 1}, broadcast[4] = {255, 255, 255, 255};

    if (bytes[0] == 0)
        return "is of 0.0.0.0/8, where the manage commands are";
    if (bytes[0] == 127 && use != ADDRESSES_WAYPOINT)
        return "is a loopback address, which only a waypoint may have";
    if (memcmp(bytes, gateway, sizeof(gateway)) == 0)
        return "is the pods' gateway";
    if (bytes[0] == 169 && bytes[1] == 254 && use == ADDRESSES_POD)
        return "is of 169.254.0.0/16, which only a service or waypoint may have";
    if (bytes[0] >= 240 && use == ADDRESSES_POD)
        return "is of 240.0.0.0/4, which only a service or waypoint may have";
    if (memcmp(bytes, broadcast, sizeof(broadcast)) == 0)
        return "is the broadcast address";
    return bytes[0] >= 224 && bytes[0] < 240 ? "is a multicast address" : NULL;
}

static const char *addresses_unfit_v6(const uint8_t *bytes, enum addresses_use use)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
        return "is IPv4-mapped, write it as IPv4";
    if (addresses_zero(bytes + 4, 12))
        return "has zeroes for its last 12 bytes, a map's entry would be read as IPv4";
    if (addresses_zero(bytes, 15) && bytes[15] == 1)
        return use == ADDRESSES_WAYPOINT ? NULL
                                         : "is a loopback address, which only a waypoint may have";
    if (addresses_zero(bytes, 14))
        return "is of ::/112, where the manage commands are";
    if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
        return "is of fe80::/10, where the pods' gateway is";
    if (bytes[0] == 0xff)
        return "is a multicast address";
    return NULL;
}

static int addresses_check(const struct build *b, struct build_place at, const char *text,
                           const struct address *address, enum addresses_use use)
{
    const char *unfit = address->af == AF_INET ? addresses_unfit_v4(address->bytes, use)
                                               : addresses_unfit_v6(address->bytes, use);

    return unfit ? build_error(b, at, "address %s %s", text, unfit) : 0;
}

int build_waypoint_address(const struct build *b, struct build_place at, const char *text,
                           struct address *out)
{
    char quoted[TEXT_QUOTE_MAX];

    if (address_parse(text, out) < 0)
        return build_error(b, at, "'%s' is no IP address", text_quote(text, quoted));
    return addresses_check(b, at, text, out, ADDRESSES_WAYPOINT);
}

/* What the file gives of a family, being made into an owner's addresses. */
struct addresses_list {
    const struct build *b;
    const struct build_owner *owner;
    const char *member; /* "ipv4" or "ipv6" */
    const struct address *assigned;
    struct address *first;
    struct address **more;
    size_t *n_more;
};

static int addresses_wrong(const struct addresses_list *list, struct build_place at,
                           const char *text, bool alone)
{
    char quoted[TEXT_QUOTE_MAX];

    return build_error(list->b, at, "'%s' is '%s', must be an %s address%s", list->member,
                       text_quote(text, quoted), list->assigned->af == AF_INET ? "IPv4" : "IPv6",
                       alone ? ", auto or none" : " or auto");
}

static int addresses_one(const struct addresses_list *list, struct build_place at, const char *text,
                         bool alone, struct address *out)
{
    *out = *list->assigned;
    if (strcmp(text, "auto") == 0)
        return 0;
    if (address_parse(text, out) < 0 || out->af != list->assigned->af)
        return addresses_wrong(list, at, text, alone);
    return addresses_check(list->b, at, text, out,
                           list->owner->kind == BUILD_SERVICE ? ADDRESSES_SERVICE : ADDRESSES_POD);
}

static int addresses_several(const struct addresses_list *list, document_id node)
{
    const struct document_node *nodes = list->b->document->nodes;
    document_id child = nodes[node].child;
    struct build_place at = build_at(list->owner, list->member);

    if (child == DOCUMENT_NONE)
        return build_error(list->b, at, "'%s' has no entries, must have at least 1", list->member);
    for (size_t i = 0; child != DOCUMENT_NONE; i++, child = nodes[child].next) {
        struct address *to = i ? &(*list->more)[*list->n_more] : list->first;
        int r;

        if (i == TOPOLOGY_ADDRESSES_MAX)
            return build_error(list->b, at, "'%s' has more than %d entries", list->member,
                               TOPOLOGY_ADDRESSES_MAX);
        if (nodes[child].kind != DOCUMENT_SCALAR)
            return build_error(list->b, at, "an entry of '%s' is no address", list->member);
        r = addresses_one(list, at, nodes[child].text, false, to);
        if (r < 0)
            return r;
        *list->n_more += i > 0;
    }
    return 0;
}

/* The addresses of one family: one, several, none, or as `assigned`. */
static int addresses_family(const struct addresses_list *list, document_id node)
{
    const struct document_node *found = &list->b->document->nodes[node];
    struct build_place at = build_at(list->owner, list->member);

    if (node && found->kind == DOCUMENT_MAPPING)
        return build_error(list->b, at, "'%s' is a mapping, must be an address or a list of them",
                           list->member);
    if (node && found->kind == DOCUMENT_SEQUENCE)
        return addresses_several(list, node);
    if (node && strcmp(found->text, "none") == 0)
        return 0;
    return addresses_one(list, at, node ? found->text : "auto", true, list->first);
}

static size_t addresses_entries(const struct build *b, document_id node)
{
    const struct document_node *nodes = b->document->nodes;
    size_t n = 0;

    if (node == 0 || nodes[node].kind != DOCUMENT_SEQUENCE)
        return 0;
    for (document_id child = nodes[node].child; child != DOCUMENT_NONE; child = nodes[child].next)
        n++;
    return n;
}

/* Where the addresses of an owner go. */
struct addresses_place {
    struct address *v4, *v6, **more;
    size_t *n_more;
};

static int addresses_both(const struct build *b, size_t position, const document_id given[2],
                          const struct address assigned[2], const struct addresses_place *out)
{
    struct build_owner owner = build_owner(b->topology, position);
    size_t room = addresses_entries(b, given[0]) + addresses_entries(b, given[1]);
    struct addresses_list list = {b, &owner, "ipv4", &assigned[0], out->v4, out->more, out->n_more};
    int r;

    if (room && !(*out->more = calloc(room, sizeof(**out->more))))
        return err_r(ENOMEM, "cannot read '%s'", b->document->name);
    r = addresses_family(&list, given[0]);
    if (r < 0)
        return r;
    list.member = "ipv6";
    list.assigned = &assigned[1];
    list.first = out->v6;
    r = addresses_family(&list, given[1]);
    if (r < 0)
        return r;
    if (out->v4->af == AF_UNSPEC && out->v6->af == AF_UNSPEC)
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
        struct address v4 = addresses_v4(subnet, number), v6 = addresses_v6(subnet, number);
        const struct topology_node *host = pod->host ? &t->nodes[pod->node] : NULL;

        int r =
            addresses_both(b, t->n_nodes + i, (const document_id[]){p->ipv4, p->ipv6},
                           (struct address[]){host ? host->v4 : v4, host ? host->v6 : v6},
                           &(struct addresses_place){&pod->v4, &pod->v6, &pod->more, &pod->n_more});

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
        struct topology_service *out = &t->services[i];
        int r =
            addresses_both(b, t->n_nodes + t->n_pods + i, (const document_id[]){s->ipv4, s->ipv6},
                           (struct address[]){addresses_v4(ADDRESSES_SERVICES, 1 + i),
                                              addresses_v6(ADDRESSES_SERVICES6, 1 + i)},
                           &(struct addresses_place){&out->v4, &out->v6, &out->more, &out->n_more});

        if (r < 0)
            return r;
    }
    return 0;
}

bool build_address_given(const struct build *b, const struct build_owner *owner, bool v6)
{
    const struct document_node *node;
    document_id given = 0;

    if (owner->kind == BUILD_POD)
        given = v6 ? b->spec->pods[owner->index].ipv6 : b->spec->pods[owner->index].ipv4;
    else if (owner->kind == BUILD_SERVICE)
        given = v6 ? b->spec->services[owner->index].ipv6 : b->spec->services[owner->index].ipv4;
    node = &b->document->nodes[given];
    return given && (node->kind != DOCUMENT_SCALAR || strcmp(node->text, "auto") != 0);
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
    return r < 0 ? r : addresses_services(b);
}
