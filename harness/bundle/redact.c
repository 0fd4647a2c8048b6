// SPDX-License-Identifier: Apache-2.0
#include "bundle/redact.h"
#include "bundle/redact_networks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "maps/encode.h"
#include "maps/entries.h"
#include "maps/field.h"
#include "maps/layout.h"

#define REDACT_V4_MAX ((uint32_t)REDACT_NUMBERS_V4 - 2)

struct redact {
    struct redact_pair {
        uint8_t from[16];
        int af; /* of the other address */
        uint32_t number;
    } * pairs; /* a hash table, open addressing */
    size_t room, n;
    uint32_t v4, v6; /* how many of each there are outside of networks */
    struct redact_networks networks;
    json_t *words; /* text, as hexadecimal digits → the other one's number */
};

int redact_new(struct redact **out)
{
    struct redact *r = calloc(1, sizeof(*r));

    if (!r)
        return err_r(ENOMEM, "cannot redact");
    r->words = json_object();
    *out = r;
    return 0;
}

void redact_free(struct redact **redact)
{
    struct redact *r = TAKE_PTR(*redact);

    if (!r)
        return;
    json_decref(r->words);
    redact_networks_clear(&r->networks);
    free(r->pairs);
    free(r);
}

static size_t redact_place(const struct redact *r, const uint8_t bytes[16])
{
    uint64_t hash = 14695981039346656037ull;

    for (size_t i = 0; i < 16; i++)
        hash = (hash ^ bytes[i]) * 1099511628211ull;
    hash &= r->room - 1;
    while (r->pairs[hash].number && memcmp(r->pairs[hash].from, bytes, 16) != 0)
        hash = (hash + 1) & (r->room - 1);
    return hash;
}

static int redact_grow(struct redact *r)
{
    struct redact old = *r;

    if (2 * (r->n + 1) <= r->room)
        return 0;
    r->room = old.room ? 2 * old.room : 1024;
    r->pairs = calloc(r->room, sizeof(*r->pairs));
    if (!r->pairs) {
        *r = old;
        return err_r(ENOMEM, "cannot redact");
    }
    for (size_t i = 0; i < old.room; i++)
        if (old.pairs[i].number)
            r->pairs[redact_place(r, old.pairs[i].from)] = old.pairs[i];
    free(old.pairs);
    return 0;
}

int redact_networks(struct redact *r, const struct bundle_map *map)
{
    redact_networks_clear(&r->networks);
    return map->has_entries && map->layout ? redact_networks_read(&map->entries, &r->networks) : 0;
}

/* What is in no network has the lower half, or all where there are none. */
static int redact_number(struct redact *r, const struct address *address, uint32_t *out)
{
    uint32_t max =
        r->networks.n ? (uint32_t)REDACT_NUMBERS_V4 / REDACT_NETWORKS_FROM - 1 : REDACT_V4_MAX;

    if (redact_networks_take(&r->networks, address, out))
        return 0;
    if (address->af == AF_INET && r->v4 >= max)
        return err_say(E2BIG, "cannot redact more than %u IPv4 addresses", max);
    *out = address->af == AF_INET ? ++r->v4 : ++r->v6;
    return 0;
}

/* The pair of the address, which has a number from 1 on. */
static int redact_pair(struct redact *r, const struct address *address,
                       const struct redact_pair **out)
{
    struct redact_pair *pair;
    int code = redact_grow(r);

    if (code < 0)
        return code;
    pair = &r->pairs[redact_place(r, address->bytes)];
    *out = pair;
    if (pair->number)
        return 0;
    code = redact_number(r, address, &pair->number);
    if (code < 0)
        return code;
    memcpy(pair->from, address->bytes, 16);
    pair->af = address->af;
    r->n++;
    return 0;
}

static bool redact_knows(const struct redact *r, const uint8_t bytes[16])
{
    return r->room > 0 && r->pairs[redact_place(r, bytes)].number > 0;
}

static struct address redact_other(int af, uint32_t number)
{
    struct address other = {.af = af};

    if (af == AF_INET) {
        memcpy(other.bytes,
               (uint8_t[]){198, (uint8_t)(18 + (number >> 16)), (uint8_t)(number >> 8),
                           (uint8_t)number},
               4);
        return other;
    }
    memcpy(other.bytes, (uint8_t[]){0x20, 0x01, 0x0d, 0xb8}, 4);
    for (int i = 0; i < 4; i++)
        other.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    return other;
}

int redact_address(struct redact *r, const struct address *address, struct address *out)
{
    struct address plain = address_unmapped(address);
    const struct redact_pair *pair;
    int code;

    *out = *address;
    if (redact_stays(&plain))
        return 0;
    code = redact_pair(r, &plain, &pair);
    if (code < 0)
        return code;
    *out = redact_other(pair->af, pair->number);
    if (out->af == AF_INET && address->af == AF_INET6 && plain.af == AF_INET)
        *out = address_mapped(out);
    return 0;
}

int redact_word(struct redact *r, const char *text, size_t size, char *out)
{
    size_t length = strnlen(text, size);
    _cleanup_json_ json_t *hex = map_raw_json(text, length);
    const char *key = json_string_value(json_object_get(hex, "raw"));
    const json_t *number = key ? json_object_get(r->words, key) : NULL;

    if (length == 0)
        return 0;
    if (key && !number) {
        json_object_set_new(r->words, key,
                            json_integer((json_int_t)json_object_size(r->words) + 1));
        number = json_object_get(r->words, key);
    }
    if (!number)
        return err_r(ENOMEM, "cannot redact");
    snprintf(out, size, "redacted-%lld", (long long)json_integer_value(number));
    return 0;
}

static int redact_bytes(struct redact *r, uint8_t *bytes, int af, size_t size)
{
    struct address from = {.af = af}, to;
    int code;

    memcpy(from.bytes, bytes, size);
    if (af == AF_INET6)
        from = address_from_map(bytes); /* "none", and IPv4 in the maps' form */
    code = redact_address(r, &from, &to);
    if (code == 0)
        memcpy(bytes, to.bytes, size);
    return code;
}

/*
 * As encode_manage(): a cookie is no address. But eight zeroes at the end make no cookie of an IPv6
 * network's own address: a kernel has not given away 2^32 cookies. And a key of four bytes, which
 * may be cookie 253 or fd00::, is the address when that has been seen as one: the namespaces' are
 * known before the maps, and those of km_backend and km_frontend come first among these.
 */
static bool redact_is_cookie(const struct redact *r, const uint8_t *bytes)
{
    static const uint8_t zero[12];
    static const struct map_field fields[] = {{.name = "", .count = 1, .kind = FIELD_MANAGE_KEY},
                                              {.name = NULL}};
    _cleanup_json_ json_t *j = map_encode_json(fields, PORT_ORDER_HOST, bytes, 16);

    return memcmp(bytes + 4, zero, sizeof(zero)) == 0 && !redact_knows(r, bytes) &&
           json_object_get(j, "cookie") != NULL;
}

/* IPv6 without a destination is neither form: whatever stands where the ports would may be an
 * address, and counts as one. */
static int redact_no_tuple(struct redact *r, uint8_t *bytes)
{
    int code = redact_bytes(r, bytes, AF_INET6, 16);

    return code < 0 ? code : redact_bytes(r, bytes + tuple_form_v6.source_port, AF_INET, 4);
}

static int redact_tuple(struct redact *r, uint8_t *bytes)
{
    static const uint8_t zero[16];
    const struct tuple_form *form = &tuple_form_v4;
    int code;

    for (size_t i = tuple_form_v4.end; i < tuple_form_v6.end; i++)
        if (bytes[i])
            form = &tuple_form_v6;
    if (form == &tuple_form_v6 && memcmp(bytes + form->destination, zero, sizeof(zero)) == 0)
        return redact_no_tuple(r, bytes);
    code = redact_bytes(r, bytes + form->source, form->af, form->address_size);
    return code < 0 ? code
                    : redact_bytes(r, bytes + form->destination, form->af, form->address_size);
}

/* A prefix that nobody has said before may be of either family, and what has more than four bytes
 * is no IPv4 address. */
static int redact_prefix(struct redact *r, uint8_t *bytes)
{
    const struct redact_network *network;
    struct km_nodeinfo_key key;
    struct address other;

    memcpy(&key, bytes, sizeof(key));
    network = redact_networks_prefix(&r->networks, key.address, key.prefix);
    if (!network)
        return redact_bytes(r, bytes + offsetof(struct km_nodeinfo_key, address), AF_INET6, 16);
    other = redact_other(network->address.af, (uint32_t)network->start);
    key.prefix = redact_network_bits(network);
    memcpy(key.address, other.bytes, sizeof(key.address));
    memcpy(bytes, &key, sizeof(key));
    return 0;
}

static int redact_fields(struct redact *r, const struct map_field *fields, uint8_t *bytes)
{
    int code = 0;

    for (; code == 0 && fields->name; fields++) {
        uint8_t *at = bytes + fields->offset;

        if (fields->kind == FIELD_ADDRESS)
            code = redact_bytes(r, at, AF_INET6, 16);
        else if (fields->kind == FIELD_MANAGE_KEY && !redact_is_cookie(r, at))
            code = redact_bytes(r, at, AF_INET6, 16);
        else if (fields->kind == FIELD_PREFIX)
            code = redact_prefix(r, at);
        else if (fields->kind == FIELD_TUPLE_BE || fields->kind == FIELD_TUPLE_AUTH)
            code = redact_tuple(r, at);
    }
    return code;
}

int redact_map(struct redact *r, struct bundle_map *map, bool *known)
{
    const struct map_layout *layout = map->layout;
    struct map_entries *e = &map->entries;
    int code = 0;

    *known = layout && layout->key && layout->value && !layout->value->view;
    if (!*known || !map->has_entries)
        return 0;
    for (size_t i = 0; code == 0 && i < e->n; i++) {
        code = redact_fields(r, layout->key, e->keys + i * e->key_size);
        if (code == 0 && e->value_size)
            code = redact_fields(r, layout->value, e->values + i * e->value_size);
    }
    return code < 0 ? code : map_entries_sort(e);
}

/* *out is NULL for a string that is no address. */
static int redact_text(struct redact *r, const char *text, json_t **out)
{
    struct address_port ap = {};
    struct address address;
    int code;

    *out = NULL;
    if (address_parse(text, &address) == 0) {
        code = redact_address(r, &address, &ap.address);
        *out = code == 0 ? json_address(&ap.address) : NULL;
    } else if (address_port_parse(text, &ap) == 0) {
        address = ap.address;
        code = redact_address(r, &address, &ap.address);
        *out = code == 0 ? json_address_port(&ap) : NULL;
    } else {
        return 0;
    }
    return code < 0 || *out ? code : err_r(ENOMEM, "cannot redact");
}

static int redact_json_member(struct redact *r, json_t *member, json_t **out)
{
    *out = NULL;
    if (json_is_string(member))
        return redact_text(r, json_string_value(member), out);
    return redact_json(r, member);
}

int redact_json(struct redact *r, json_t *j)
{
    json_t *member, *other;
    const char *key;
    int code = 0;
    size_t i;

    if (json_is_array(j)) {
        json_array_foreach (j, i, member) {
            code = redact_json_member(r, member, &other);
            if (code < 0)
                return code;
            if (other)
                json_array_set_new(j, i, other);
        }
    } else if (json_is_object(j)) {
        json_object_foreach (j, key, member) {
            code = redact_json_member(r, member, &other);
            if (code < 0)
                return code;
            if (other)
                json_object_set_new(j, key, other);
        }
    }
    return 0;
}
