// SPDX-License-Identifier: Apache-2.0
/* JSON that still is JSON: members that are missing, that are something else, or too many. */
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fuzz/hostile.h"
#include "common/cleanup.h"

static const char *const json_values[] = {
    "0",
    "-1",
    "1",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "1.5",
    "null",
    "true",
    "[]",
    "{}",
    "[[[[[[[[[]]]]]]]]]",
    "\"\"",
    "\"10.0.0.2\"",
    "\"10.96.0.1:80\"",
    "\"10.96.0.1:0\"",
    "\"fd00::\"",
    "\"::ffff:10.0.0.1\"",
    "\"net/10.96.0.7\"",
    "\"ns/web\"",
    "\"a\\u001b[2J\\n\"",
    "\"\\u0000\"",
    "\"../../x\"",
    "\"maps/km_backend.bin\"",
    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
};

/* A place: a member of an object or an array. */
struct json_place {
    json_t *in;
    const char *key;
    size_t i;
};

static json_t *json_at(const struct json_place *place)
{
    return place->key ? json_object_get(place->in, place->key)
                      : json_array_get(place->in, place->i);
}

static struct json_place json_member(json_t *in, struct hostile_random *random)
{
    struct json_place place = {.in = in};
    size_t n = json_is_array(in) ? json_array_size(in) : json_object_size(in);
    const char *key;
    json_t *value;

    place.i = hostile_below(random, n);
    n = 0;
    json_object_foreach (in, key, value)
        if (n++ == place.i)
            place.key = key;
    return place;
}

static bool json_has_members(const json_t *j)
{
    return json_array_size(j) > 0 || json_object_size(j) > 0;
}

/* Somewhere below; deep places are as likely as others. */
static struct json_place json_pick(json_t *root, struct hostile_random *random)
{
    struct json_place place = json_member(root, random);

    while (json_has_members(json_at(&place)) && hostile_below(random, 4) > 0)
        place = json_member(json_at(&place), random);
    return place;
}

static void json_put(const struct json_place *place, json_t *value)
{
    if (place->key)
        json_object_set_new(place->in, place->key, value);
    else
        json_array_set_new(place->in, place->i, value);
}

static void json_remove(const struct json_place *place)
{
    if (place->key)
        json_object_del(place->in, place->key);
    else
        json_array_remove(place->in, place->i);
}

static void json_repeat(const struct json_place *place, struct hostile_random *random)
{
    size_t n = (size_t)1 << hostile_below(random, 10);

    for (size_t i = 0; i < n && !place->key; i++)
        json_array_append(place->in, json_at(place));
}

static void json_mutate(json_t *root, struct hostile_random *random)
{
    struct json_place place = json_pick(root, random), other = json_pick(root, random);
    const char *value = json_values[hostile_below(random, ARRAY_SIZE(json_values))];

    switch (hostile_below(random, 8)) {
    case 0:
        json_remove(&place);
        return;
    case 1:
        json_repeat(&place, random);
        return;
    case 2:
        json_put(&place, json_deep_copy(json_at(&other)));
        return;
    default:
        json_put(&place, json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    }
}

bool hostile_mutate_json(struct hostile_bytes *bytes, struct hostile_random *random)
{
    _cleanup_json_ json_t *root = json_loadb((char *)bytes->bytes, bytes->size, 0, NULL);
    size_t times = 1 + hostile_below(random, 3);
    char *text;

    for (size_t i = 0; i < times && json_has_members(root); i++)
        json_mutate(root, random);
    text = root ? json_dumps(root, JSON_PRESERVE_ORDER) : NULL;
    if (!text)
        return false;
    hostile_free(bytes);
    *bytes = (struct hostile_bytes){(uint8_t *)text, strlen(text)};
    return true;
}
