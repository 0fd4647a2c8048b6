// SPDX-License-Identifier: Apache-2.0
/* Whose every address is. */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "topology/build.h"

/* An address that somebody has. */
struct claim {
    struct address address;
    size_t owner;                      /* for build_owner() */
    struct topology_frontend frontend; /* of the one that wins the address; else AF_UNSPEC */
};

struct claims {
    const struct build *b;
    struct claim *list; /* in the order of owners: nodes', pods', services' */
    size_t n;
    struct index index;
};

static void claims_clear(struct claims *c)
{
    free(c->list);
    index_clear(&c->index);
}

static void claims_add(struct claims *c, const struct address *address, size_t owner)
{
    if (address->af == AF_UNSPEC)
        return;
    c->list[c->n] = (struct claim){.address = *address, .owner = owner};
    index_add(&c->index, c->list[c->n].address.bytes, sizeof(address->bytes), c->n);
    c->n++;
}

static size_t claims_room(const struct topology *t)
{
    size_t room = 0;

    for (size_t i = 0; i < build_n_owners(t); i++)
        room += 2 + build_owner(t, i).n_more;
    return room;
}

/* No key is of two families: what an IPv4 address has zeroes for, no IPv6 address may. */
static int claims_read(const struct build *b, struct claims *c)
{
    size_t room = claims_room(b->topology);
    int r = index_init(&c->index, room);

    if (r < 0)
        return r;
    c->b = b;
    c->list = calloc(room, sizeof(*c->list));
    if (!c->list)
        return err_r(ENOMEM, "cannot check a topology");
    for (size_t i = 0; i < build_n_owners(b->topology); i++) {
        struct build_owner owner = build_owner(b->topology, i);

        claims_add(c, &owner.v4, i);
        claims_add(c, &owner.v6, i);
        for (size_t j = 0; j < owner.n_more; j++)
            claims_add(c, &owner.more[j], i);
    }
    index_sort(&c->index);
    return 0;
}

/* Blames the one that the file gives: assigned addresses do not overlap. */
static int claims_overlap(const struct claims *c, size_t first, size_t second)
{
    const struct address *address = &c->list[first].address;
    struct build_owner one = build_owner(c->b->topology, c->list[first].owner);
    struct build_owner two = build_owner(c->b->topology, c->list[second].owner);
    bool v6 = address->af == AF_INET6, given = build_address_given(c->b, &two, v6);
    const struct build_owner *wrong = given ? &two : &one, *other = given ? &one : &two;
    bool both = given && build_address_given(c->b, &one, v6);
    char text[ADDRESS_TEXT_MAX];

    return build_error(c->b, build_at(wrong, v6 ? "ipv6" : "ipv4"),
                       "address %s of the %s '%s' is %s to the %s '%s'",
                       address_text(address, text), build_kind_name(wrong->kind), wrong->name,
                       both ? "given already" : "assigned", build_kind_name(other->kind),
                       other->name);
}

/* Whether the later of two may have the address that the earlier has: a service a pod's where the
 * file gives it to both, host pods that of their node and each other's. */
static bool claims_share(const struct claims *c, size_t first, size_t second)
{
    const struct topology *t = c->b->topology;
    struct build_owner one = build_owner(t, c->list[first].owner);
    struct build_owner two = build_owner(t, c->list[second].owner);
    bool v6 = c->list[first].address.af == AF_INET6;

    if (c->list[first].owner == c->list[second].owner)
        return false;
    if (two.kind == BUILD_SERVICE)
        return one.kind == BUILD_POD && build_address_given(c->b, &one, v6) &&
               build_address_given(c->b, &two, v6);
    if (two.kind == BUILD_POD && one.kind == BUILD_POD)
        return topology_pods_share(&t->pods[one.index], &t->pods[two.index]);
    return two.kind == BUILD_POD && t->pods[two.index].host && t->pods[two.index].node == one.index;
}

/* Those with one address, in the order of owners. */
struct claims_group {
    size_t first, pod, service; /* CLAIMS_NONE: there is none */
};

#define CLAIMS_NONE SIZE_MAX

/* Adds one to its group; returns the one that it may not share with, or CLAIMS_NONE. */
static size_t claims_join(const struct claims *c, struct claims_group *group, size_t claim)
{
    enum build_kind kind = build_owner(c->b->topology, c->list[claim].owner).kind;

    if (group->first == CLAIMS_NONE)
        group->first = claim;
    else if (!claims_share(c, group->first, claim))
        return group->first;
    if (kind == BUILD_SERVICE && group->service != CLAIMS_NONE)
        return group->service;
    if (kind == BUILD_SERVICE)
        group->service = claim;
    else if (kind == BUILD_POD && group->pod == CLAIMS_NONE)
        group->pod = claim;
    return CLAIMS_NONE;
}

/* The address goes to the service, and where there is none to the first pod. */
static void claims_close(struct claims *c, const struct claims_group *group)
{
    const struct topology *t = c->b->topology;
    size_t wins = group->service != CLAIMS_NONE ? group->service : group->pod;
    struct topology_frontend *f = wins != CLAIMS_NONE ? &c->list[wins].frontend : NULL;

    if (!f)
        return;
    f->address = c->list[wins].address;
    if (group->service != CLAIMS_NONE)
        f->service = &t->services[build_owner(t, c->list[group->service].owner).index];
    if (group->pod != CLAIMS_NONE)
        f->pod = &t->pods[build_owner(t, c->list[group->pod].owner).index];
}

/* Gives every address to whose it is. Of those that may not share one, the pair whose later one
 * comes first in the file is answered for. */
static int claims_settle(struct claims *c)
{
    struct claims_group group = {CLAIMS_NONE, CLAIMS_NONE, CLAIMS_NONE};
    size_t wrong = CLAIMS_NONE, wrong_with = 0;

    for (size_t i = 0; i < c->index.n; i++) {
        const struct index_entry *e = &c->index.entries[i];
        size_t with;

        if (i > 0 && memcmp(e->key, e[-1].key, e->length) != 0) {
            claims_close(c, &group);
            group = (struct claims_group){CLAIMS_NONE, CLAIMS_NONE, CLAIMS_NONE};
        }
        with = claims_join(c, &group, e->position);
        if (with != CLAIMS_NONE && e->position < wrong) {
            wrong = e->position;
            wrong_with = with;
        }
    }
    claims_close(c, &group);
    return wrong == CLAIMS_NONE ? 0 : claims_overlap(c, wrong_with, wrong);
}

static void claims_frontends(const struct claims *c, bool services)
{
    struct topology *t = c->b->topology;

    for (size_t i = 0; i < c->n; i++) {
        const struct topology_frontend *f = &c->list[i].frontend;

        if (f->address.af != AF_UNSPEC && services == (f->service != NULL))
            t->frontends[t->n_frontends++] = *f;
    }
}

int build_frontends(struct build *b)
{
    _cleanup_(claims_clear) struct claims c = {0};
    int r = claims_read(b, &c);

    if (r < 0)
        return r;
    r = claims_settle(&c);
    if (r < 0)
        return r;
    b->topology->frontends = calloc(c.n, sizeof(*b->topology->frontends));
    if (!b->topology->frontends)
        return err_r(ENOMEM, "cannot check a topology");
    claims_frontends(&c, true);
    claims_frontends(&c, false);
    return 0;
}
