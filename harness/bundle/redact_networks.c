// SPDX-License-Identifier: Apache-2.0
#include "bundle/redact_networks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "maps/layout.h"

static uint32_t networks_width(int af)
{
    return af == AF_INET ? 32 : 128;
}

static size_t networks_family(int af)
{
    return af == AF_INET ? 0 : 1;
}

bool redact_stays(const struct address *a)
{
    static const uint8_t zero[16];

    if (a->af == AF_INET)
        return a->bytes[0] == 0 || a->bytes[0] == 127;
    return a->af != AF_INET6 || memcmp(a->bytes, zero, 14) == 0;
}

/* The address without what is behind the prefix. */
static struct address networks_masked(const struct address *address, uint32_t bits)
{
    struct address out = *address;

    for (size_t i = 0; i < sizeof(out.bytes); i++) {
        if (8 * i >= bits)
            out.bytes[i] = 0;
        else if (8 * i + 8 > bits)
            out.bytes[i] &= (uint8_t)(0xff00 >> (bits - 8 * i));
    }
    return out;
}

static int networks_compare(const void *a, const void *b)
{
    const struct redact_network *x = a, *y = b;

    if (x->address.af != y->address.af)
        return x->address.af < y->address.af ? -1 : 1;
    if (x->bits != y->bits)
        return x->bits < y->bits ? -1 : 1;
    return memcmp(x->address.bytes, y->address.bytes, sizeof(x->address.bytes));
}

static struct redact_network *networks_exact(const struct redact_networks *networks,
                                             const struct address *address, uint32_t bits)
{
    const struct redact_network key = {.address = *address, .bits = bits};

    if (!networks->n)
        return NULL;
    return bsearch(&key, networks->list, networks->n, sizeof(key), networks_compare);
}

/* The smallest of at most so many bits that holds the address; NULL: none does. */
static struct redact_network *networks_find(const struct redact_networks *networks,
                                            const struct address *address, uint32_t bits)
{
    for (; networks->n && bits > 0; bits--) {
        struct redact_network *found = NULL;
        struct address masked;

        if (!networks->lengths[networks_family(address->af)][bits])
            continue;
        masked = networks_masked(address, bits);
        found = networks_exact(networks, &masked, bits);
        if (found)
            return found;
    }
    return NULL;
}

/* The family that the value says, or else the one that the key looks like. */
static int networks_entry_family(const struct km_nodeinfo_key *key, uint32_t value)
{
    if (value == 4 || value == 6)
        return value == 4 ? AF_INET : AF_INET6;
    return key->prefix <= 32 && address_from_map(key->address).af == AF_INET ? AF_INET : AF_INET6;
}

/* Whether all that is in it does. */
static bool networks_stays(const struct redact_network *network)
{
    return redact_stays(&network->address) &&
           network->bits >= (network->address.af == AF_INET ? 8 : 112);
}

static void networks_add(struct redact_networks *networks, const struct km_nodeinfo_key *key,
                         uint32_t value)
{
    struct redact_network network = {
        .address = {.af = networks_entry_family(key, value)},
        .bits = key->prefix,
    };

    memcpy(network.address.bytes, key->address, sizeof(key->address));
    if (key->prefix == 0 || key->prefix > networks_width(network.address.af) ||
        networks_stays(&network))
        return;
    network.address = networks_masked(&network.address, key->prefix);
    networks->lengths[networks_family(network.address.af)][key->prefix] = true;
    networks->list[networks->n++] = network;
}

static struct redact_network *networks_parent(struct redact_networks *networks,
                                              const struct redact_network *network)
{
    struct redact_network *parent = networks_find(networks, &network->address, network->bits - 1);

    return parent ? parent : &networks->all[networks_family(network->address.af)];
}

static uint64_t networks_power(uint64_t number)
{
    uint64_t power = 1;

    while (2 * power <= number)
        power *= 2;
    return number ? power : 0;
}

/* The upper half of what holds it is shared out among those that it holds. They come by length, so
 * that their blocks get smaller, and each lies at a multiple of its size. */
static int networks_place(struct redact_networks *networks, struct redact_network *network)
{
    struct redact_network *parent = networks_parent(networks, network);
    uint64_t half = parent->size / REDACT_NETWORKS_FROM;
    uint64_t share = networks_power(half / parent->within);
    uint32_t left = networks_width(network->address.af) - network->bits;

    network->size = left < 32 && (1ULL << left) < share ? 1ULL << left : share;
    if (network->size == 0)
        return err_say(E2BIG, "cannot redact so many networks within one another");
    network->start = parent->start + half + parent->given;
    parent->given += network->size;
    return 0;
}

int redact_networks_read(const struct map_entries *entries, struct redact_networks *out)
{
    int r = 0;

    if (entries->key_size != sizeof(struct km_nodeinfo_key) || entries->value_size != 4)
        return 0;
    *out =
        (struct redact_networks){.all = {{.size = REDACT_NUMBERS_V4}, {.size = REDACT_NUMBERS_V6}}};
    out->list = calloc(entries->n + 1, sizeof(*out->list));
    if (!out->list)
        return err_r(ENOMEM, "cannot redact");
    for (size_t i = 0; i < entries->n; i++) {
        struct km_nodeinfo_key key;
        uint32_t value;

        memcpy(&key, map_entries_key(entries, i), sizeof(key));
        memcpy(&value, map_entries_value(entries, i), sizeof(value));
        networks_add(out, &key, value);
    }
    qsort(out->list, out->n, sizeof(*out->list), networks_compare);
    for (size_t i = 0; i < out->n; i++)
        networks_parent(out, &out->list[i])->within++;
    for (size_t i = 0; r == 0 && i < out->n; i++)
        r = networks_place(out, &out->list[i]);
    return r;
}

void redact_networks_clear(struct redact_networks *networks)
{
    free(networks->list);
    *networks = (struct redact_networks){};
}

const struct redact_network *redact_networks_prefix(const struct redact_networks *networks,
                                                    const uint8_t bytes[16], uint32_t bits)
{
    static const int families[] = {AF_INET, AF_INET6};
    const struct redact_network *found = NULL;

    for (size_t i = 0; !found && i < ARRAY_SIZE(families); i++) {
        struct address address = {.af = families[i]};

        if (bits > networks_width(families[i]))
            continue;
        memcpy(address.bytes, bytes, sizeof(address.bytes));
        address = networks_masked(&address, bits);
        found = networks_exact(networks, &address, bits);
    }
    return found;
}

uint32_t redact_network_bits(const struct redact_network *network)
{
    uint32_t bits = networks_width(network->address.af);

    for (uint64_t size = network->size; size > 1; size /= 2)
        bits--;
    return bits;
}

bool redact_networks_take(struct redact_networks *networks, const struct address *address,
                          uint32_t *number)
{
    struct redact_network *network = networks_find(networks, address, networks_width(address->af));
    uint64_t room;

    if (!network)
        return false;
    room = network->within ? network->size / REDACT_NETWORKS_FROM : network->size;
    *number = (uint32_t)network->start;
    /* The first is the network's own address, where there is more than one. */
    if (network->used == 0 && room > 1)
        network->used = 1;
    if (room > 1 && address_equal(address, &network->address))
        return true;
    if (network->used < room) {
        *number = (uint32_t)(network->start + network->used++);
        return true;
    }
    if (network->used++ == room)
        log_warning("a network has more addresses than it gets redacted ones: those behind the "
                    "first %llu are outside of it in the bundle",
                    (unsigned long long)room);
    return false;
}
