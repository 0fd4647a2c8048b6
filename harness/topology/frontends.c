// SPDX-License-Identifier: Apache-2.0
/* Whose every address is. */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "topology/build.h"

/* An address that somebody has. */
struct claim {
    struct address address;
    size_t owner; /* for build_owner() */
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
    c->list[c->n] = (struct claim){*address, owner};
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

static int claims_frontends(const struct claims *c, enum build_kind kind)
{
    struct topology *t = c->b->topology;

    for (size_t i = 0; i < c->n; i++) {
        struct build_owner owner = build_owner(t, c->list[i].owner);

        if (owner.kind != kind)
            continue;
        t->frontends[t->n_frontends++] = (struct topology_frontend){
            .address = c->list[i].address,
            .service = kind == BUILD_SERVICE ? &t->services[owner.index] : NULL,
            .pod = kind == BUILD_POD ? &t->pods[owner.index] : NULL,
        };
    }
    return 0;
}

int build_frontends(struct build *b)
{
    _cleanup_(claims_clear) struct claims c = {0};
    size_t first, second;
    int r = claims_read(b, &c);

    if (r < 0)
        return r;
    if (index_duplicate(&c.index, &first, &second))
        return claims_overlap(&c, first, second);
    b->topology->frontends = calloc(c.n, sizeof(*b->topology->frontends));
    if (!b->topology->frontends)
        return err_r(ENOMEM, "cannot check a topology");
    r = claims_frontends(&c, BUILD_SERVICE);
    return r < 0 ? r : claims_frontends(&c, BUILD_POD);
}
