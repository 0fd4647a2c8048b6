/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision table of the connect programs, once for all families. Whoever includes it says how
 * an address is written (table_address), how a connect is made (table_connect) and where the
 * storage has the destination (table_remembered). Behaviours: MG-4, MG-5, CN-1 … CN-18, TL-8.
 *
 * Hosts are numbers, 1 to 254. Everything that is looked up is a real map.
 */
#pragma once

#include <linux/errno.h>
#include <linux/in.h>

#define COOKIE 77
#define PORT   bpf_htons(80)

/* The answer of the last connect. */
struct {
    __u32 answer;
    struct ip ip;
    __be16 port;
} got;

static __always_inline struct ip table_address(__u32 host);
static __always_inline struct ip table_other_address(__u32 host); /* of the other family */
static __always_inline struct ip table_asked(__u32 host);         /* as connect() says it */
static __always_inline struct ip table_remembered(void);
static __always_inline __be16 table_remembered_port(void);
/* Puts the program's answer in `got`. Not static: the verifier looks at it once. */
int table_connect(__u32 host, __u32 port, __u32 protocol);

/* ---- the maps ---- */

struct service table_service;
struct backend table_backend;

static __always_inline void table_frontend(__u32 host, __u32 id)
{
    struct ip ip = table_address(host);

    bpf_map_update_elem(&km_frontend, &ip, &id, BPF_ANY);
}

static __always_inline void table_put_service(__u32 host)
{
    table_frontend(host, host);
    bpf_map_update_elem(&km_service, &host, &table_service, BPF_ANY);
    __builtin_memset(&table_service, 0, sizeof(table_service));
}

static __always_inline void table_put_backend(__u32 host)
{
    table_backend.address = table_address(host);
    table_frontend(host, host);
    bpf_map_update_elem(&km_backend, &host, &table_backend, BPF_ANY);
    __builtin_memset(&table_backend, 0, sizeof(table_backend));
}

static __always_inline void table_endpoint(__u32 service, __u32 backend)
{
    struct endpoint_key key = {.service = service, .index = 1};

    table_service.counts[0] = 1;
    table_service.ports[0].port = PORT;
    table_service.targets[0].port = bpf_htons(8080);
    table_service.ports[1].port = bpf_htons(81);
    table_service.targets[1].port = bpf_htons(8181);
    bpf_map_update_elem(&km_endpoint, &key, &backend, BPF_ANY);
}

static __always_inline void table_waypoint(struct ip *ip, struct port_cell *port, __u32 host)
{
    *ip = table_address(host);
    port->port = bpf_htons(15008);
}

static __always_inline void table_manage(void)
{
    union manage_key key = {.netns.cookie = COOKIE};
    __u32 zero = 0;

    bpf_map_update_elem(&km_manage, &key, &zero, BPF_ANY);
}

/* Services 1 to 8, backends from 20, waypoints from 100. */
static __always_inline void table_fill(void)
{
    table_manage();
    table_waypoint(&table_service.waypoint, &table_service.waypoint_port, 100);
    table_put_service(1);
    table_endpoint(2, 20);
    table_put_service(2);
    table_endpoint(3, 21);
    table_put_service(3);
    table_service.waypoint = table_other_address(100);
    table_service.waypoint_port.port = bpf_htons(15008);
    table_put_service(4);
    table_waypoint(&table_service.waypoint, &table_service.waypoint_port, 2);
    table_service.waypoint_port.port = PORT;
    table_put_service(5);
    table_service.waypoint_port.port = bpf_htons(15008);
    table_put_service(6);
    table_endpoint(7, 99);
    table_put_service(7);
    table_put_backend(20);
    table_waypoint(&table_backend.waypoint, &table_backend.waypoint_port, 101);
    table_put_backend(21);
    table_frontend(30, 12345);
}

/* ---- a connect ---- */

static __always_inline void table_begin(void)
{
    mock_reset();
    mock_socket.netns_cookie = COOKIE;
}

#define expect_connect(host, be_port, to_host, to_port)                                            \
    ({                                                                                             \
        struct ip _to = table_asked(to_host);                                                      \
        table_connect(host, be_port, IPPROTO_TCP);                                                 \
        expect_equal(got.answer, CONNECT_PROCEED);                                                 \
        expect_bytes(&got.ip, &_to, sizeof(_to));                                                  \
        expect_equal(bpf_ntohs(got.port), bpf_ntohs(to_port));                                     \
    })

#define expect_left_alone(host, be_port)                                                           \
    ({                                                                                             \
        expect_connect(host, be_port, host, be_port);                                              \
        expect(!mock_socket.has_storage || !mock_socket.storage.via_waypoint);                     \
    })

#define expect_tlv(host, be_port)                                                                  \
    ({                                                                                             \
        struct ip _asked = table_asked(host), _has = table_remembered();                           \
        expect(mock_socket.has_storage);                                                           \
        expect_equal(mock_socket.storage.via_waypoint, 1);                                         \
        expect_equal(mock_socket.storage.destination_set, 1);                                      \
        expect_equal(mock_socket.storage.direction, DIRECTION_OUTBOUND);                           \
        expect_bytes(&_has, &_asked, sizeof(_asked));                                              \
        expect_equal(bpf_ntohs(table_remembered_port()), bpf_ntohs(be_port));                      \
    })

#define expect_refused(host, error)                                                                \
    ({                                                                                             \
        struct ip _asked = table_asked(host);                                                      \
        table_connect(host, PORT, IPPROTO_TCP);                                                    \
        expect_equal(got.answer, CONNECT_REJECT);                                                  \
        expect_equal(mock_calls.retval, -(error));                                                 \
        expect_bytes(&got.ip, &_asked, sizeof(_asked));                                            \
        expect(!mock_socket.has_storage || !mock_socket.storage.via_waypoint);                     \
    })

/* ---- the table ---- */

static __always_inline void table_test_who(void)
{
    TEST("MG-5 a pod that is not managed is left alone")
    {
        table_begin();
        mock_socket.netns_cookie = COOKIE + 1;
        expect_left_alone(1, PORT);
        expect(!mock_socket.has_storage);
    }
    TEST("CN-11 a UDP connect is left alone")
    {
        struct ip asked = table_asked(1);

        table_begin();
        table_connect(1, PORT, IPPROTO_UDP);
        expect_equal(got.answer, CONNECT_PROCEED);
        expect_bytes(&got.ip, &asked, sizeof(asked));
        expect(!mock_socket.has_storage);
    }
    TEST("another protocol is left alone")
    {
        struct ip asked = table_asked(1);

        table_begin();
        table_connect(1, PORT, IPPROTO_SCTP);
        expect_equal(got.answer, CONNECT_PROCEED);
        expect_bytes(&got.ip, &asked, sizeof(asked));
        expect(!mock_socket.has_storage);
    }
    TEST("CN-12 what an earlier connect left is dropped")
    {
        table_begin();
        mock_socket.netns_cookie = COOKIE + 1;
        mock_socket.has_storage = true;
        mock_socket.storage.via_waypoint = 1;
        expect_left_alone(1, PORT);
        expect_equal(mock_calls.deleted, 1);
    }
}

static __always_inline void table_test_services(void)
{
    TEST("CN-2 a service with a waypoint: to the waypoint, with a TLV")
    {
        table_begin();
        expect_connect(1, bpf_htons(12345), 100, bpf_htons(15008));
        expect_tlv(1, bpf_htons(12345));
    }
    TEST("CN-3 a service without one: to the backend, no TLV")
    {
        table_begin();
        expect_connect(2, PORT, 20, bpf_htons(8080));
        expect_equal(mock_socket.storage.via_waypoint, 0);
    }
    TEST("CN-4 another service port: the target port that pairs with it")
    {
        table_begin();
        expect_connect(2, bpf_htons(81), 20, bpf_htons(8181));
    }
    TEST("CN-4 a port that the service does not have: left alone")
    {
        table_begin();
        expect_left_alone(2, bpf_htons(82));
    }
    TEST("CN-7 a backend's waypoint: to the waypoint, the TLV has the service")
    {
        table_begin();
        expect_connect(3, PORT, 101, bpf_htons(15008));
        expect_tlv(3, PORT);
    }
    TEST("CN-9 a waypoint that is a service: to its backend, the TLV has the first service")
    {
        table_begin();
        expect_connect(5, PORT, 20, bpf_htons(8080));
        expect_tlv(5, PORT);
    }
}

static __always_inline void table_test_others(void)
{
    TEST("CN-1 no frontend: left alone")
    {
        table_begin();
        expect_left_alone(200, PORT);
    }
    TEST("CN-5 a pod with a waypoint: to the waypoint, the TLV has the pod")
    {
        table_begin();
        expect_connect(21, PORT, 101, bpf_htons(15008));
        expect_tlv(21, PORT);
    }
    TEST("CN-6 a pod without one: left alone")
    {
        table_begin();
        expect_left_alone(20, PORT);
    }
    TEST("CN-8 an id that is neither service nor backend: left alone")
    {
        table_begin();
        expect_left_alone(30, PORT);
    }
    TEST("CN-17 a waypoint port without an address is no waypoint")
    {
        table_begin();
        expect_left_alone(6, PORT);
    }
    TEST("LB-5 an endpoint without a backend: left alone, with a warning")
    {
        table_begin();
        expect_left_alone(7, PORT);
        expect_equal(mock_calls.logged, 1);
    }
}

/* There is a proxy; storages other than km_sockstorage cannot be made here. */
static __always_inline void table_test_dns(void)
{
    TEST("DN-2 no memory for the server that was asked: refused")
    {
        struct ip asked = table_asked(1);

        table_begin();
        table_put_backend(DNS_PROXY_UID);
        table_connect(1, bpf_htons(53), IPPROTO_UDP);
        expect_equal(got.answer, CONNECT_REJECT);
        expect_equal(mock_calls.retval, -ENOMEM);
        expect_bytes(&got.ip, &asked, sizeof(asked));
    }
}

static __always_inline void table_test_refusals(void)
{
    TEST("CN-17 a waypoint of the other family: refused, with an error in the log")
    {
        table_begin();
        expect_refused(4, EHOSTUNREACH);
        expect_equal(mock_calls.logged, 1);
    }
    TEST("TL-8 Fast Open to a waypoint: refused")
    {
        table_begin();
        mock_socket.has_fastopen = true;
        expect_refused(1, EOPNOTSUPP);
    }
    TEST("AP-9 MPTCP to a waypoint: refused")
    {
        table_begin();
        mock_socket.is_mptcp = true;
        expect_refused(1, EOPNOTSUPP);
    }
    TEST("AP-9 MPTCP to a backend: connected")
    {
        table_begin();
        mock_socket.is_mptcp = true;
        expect_connect(2, PORT, 20, bpf_htons(8080));
    }
    TEST("TL-8 Fast Open to a backend: connected")
    {
        table_begin();
        mock_socket.has_fastopen = true;
        expect_connect(2, PORT, 20, bpf_htons(8080));
    }
    TEST("CN-16 no memory for the TLV's destination: refused")
    {
        table_begin();
        mock_socket.storage_fails = true;
        expect_refused(1, ENOMEM);
    }
    TEST("no memory, to a backend: connected")
    {
        table_begin();
        mock_socket.storage_fails = true;
        expect_connect(2, PORT, 20, bpf_htons(8080));
    }
}
