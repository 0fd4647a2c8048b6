/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster put together entry by entry, and what is predicted in it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/cleanup.h"
#include "field/predict.h"

static struct cluster fixture;

static inline void address16(const char *text, uint8_t out[16])
{
    struct address a = {};

    if (text)
        assert_int_equal(address_parse(text, &a), 0);
    memcpy(out, a.bytes, 16);
}

static inline struct address_port place(const char *text)
{
    struct address_port ap;

    assert_int_equal(address_port_parse(text, &ap), 0);
    return ap;
}

static inline void add(enum cluster_map map, const void *key, const void *value)
{
    assert_int_equal(map_entries_add(&fixture.maps[map], key, value), 0);
    assert_int_equal(map_entries_sort(&fixture.maps[map]), 0);
}

static inline void add_frontend(const char *address, uint32_t id)
{
    uint8_t key[16];

    address16(address, key);
    add(CLUSTER_FRONTEND, key, &id);
}

static inline void add_backend(uint32_t uid, const char *address, const char *waypoint)
{
    struct km_backend_value v = {.waypoint_port = maps_port_cell(waypoint ? 15008 : 0)};

    address16(address, v.address);
    address16(waypoint, v.waypoint);
    add(CLUSTER_BACKEND, &uid, &v);
}

static inline void add_endpoint(uint32_t service, uint32_t priority, uint32_t index, uint32_t uid)
{
    struct km_endpoint_key key = {service, priority, index};

    add(CLUSTER_ENDPOINT, &key, &uid);
}

/* 80 → 8080, 443 → 8443, and 15008 → 15018; `count` endpoints at each priority of the list. */
static inline void add_service(uint32_t id, uint32_t policy, const uint32_t counts[KM_PRIORITIES],
                               const char *waypoint)
{
    struct km_service_value v = {
        .policy = policy,
        .ports = {maps_port_cell(80), maps_port_cell(443), maps_port_cell(15008)},
        .targets = {maps_port_cell(8080), maps_port_cell(8443), maps_port_cell(15018)},
        .waypoint_port = maps_port_cell(waypoint ? 15008 : 0)};

    memcpy(v.counts, counts, sizeof(v.counts));
    address16(waypoint, v.waypoint);
    add(CLUSTER_SERVICE, &id, &v);
}

#define COUNTS(...)                                                                                \
    (const uint32_t[KM_PRIORITIES])                                                                \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static inline int fixture_setup(void **unused)
{
    (void)unused;
    cluster_init(&fixture);
    return 0;
}

static inline int fixture_teardown(void **unused)
{
    (void)unused;
    cluster_free(&fixture);
    return 0;
}

static inline void predict_for(struct predict_client client, const char *asked,
                               struct prediction *out)
{
    struct address_port to = place(asked);

    assert_int_equal(predict(&fixture, &client, &to, out), 0);
}

/* Words: "untouched", "refused", "to ADDRESS:PORT", "via ADDRESS:PORT"; in any order. */
static inline void expect_as(struct predict_client client, const char *asked, const char *row,
                             const char *const *words, size_t n)
{
    struct prediction p;

    predict_for(client, asked, &p);
    assert_string_equal(p.row, row);
    assert_int_equal(p.n, n);
    for (size_t i = 0; i < n; i++) {
        struct address_port to = place(asked);
        enum outcome_kind kind = OUTCOME_UNTOUCHED;

        to.address = address_unmapped(&to.address);
        if (strcmp(words[i], "refused") == 0)
            kind = OUTCOME_REFUSED;
        else if (strcmp(words[i], "untouched") != 0) {
            kind = words[i][0] == 't' ? OUTCOME_BACKEND : OUTCOME_WAYPOINT;
            to = place(strchr(words[i], ' ') + 1);
        }
        if (!prediction_has(&p, kind, &to))
            fail_msg("%s: not '%s'", asked, words[i]);
    }
    prediction_release(&p);
}

#define EXPECT(asked, row, ...)                                                                    \
    expect_as((struct predict_client){true, true}, asked, row, (const char *const[]){__VA_ARGS__}, \
              ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))
