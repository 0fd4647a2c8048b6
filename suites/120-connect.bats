#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where a connect goes: services and pods, with a waypoint and without.

load lib/waypost

setup_file() {
    lab_up one-waypoint
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

@test "CN-1 a destination in no frontend is untouched" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    map_delete km_frontend '{"address": "guarded"}'
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "CN-1 a destination outside of everything is untouched" {
    local node=10.127.0.1
    [[ $WAYPOST_FAMILY != v6 ]] || node='[fd00:127::1]'
    flow client "$node:8080"
    expect_errno ECONNREFUSED connect
    expect_untouched
}

@test "CN-2 a service with a waypoint: the flow goes there and carries its TLV" {
    flow client web:80
    expect_waypoint waypoint:15008 web:80
}

@test "CN-2 whatever the port: one that the service does not have goes to the waypoint too" {
    flow client web:443
    expect_waypoint waypoint:15008 web:443
    flow client web:81
    expect_waypoint waypoint:15008 web:81
    flow client web:65535
    expect_waypoint waypoint:15008 web:65535
}

@test "CN-2 a waypoint flow is in km_socket until it has sent, and not after it closed" {
    expect_sockets 0
    keep open client web:80 --bytes 0
    expect_sockets 1
    go_on open client
    expect_waypoint waypoint:15008 web:80
    expect_sockets 0
}

@test "CN-3 a service without a waypoint: a backend, at the target port, without a TLV" {
    flow client ports:1003
    expect_backend web1:8443
}

@test "CN-3 a flow to a backend is not in km_socket" {
    keep waypoint client web:80 --bytes 0
    expect_sockets 1
    keep direct client plain:80
    expect_connected
    expect_no_tlv
    expect_sockets 1
}

@test "CN-4 each service port goes to its own target port" {
    flow client ports:8080
    expect_backend web1:8081
    flow client ports:8081
    expect_backend web1:8080
    flow client ports:1010
    expect_backend web1:8081
}

@test "CN-4 a port that the service does not have is untouched" {
    flow client ports:1010
    expect_backend web1:8081
    flow client ports:1011
    expect_errno ECONNREFUSED connect
    expect_untouched
    flow client ports:8443 # a target port is no service port
    expect_errno ECONNREFUSED connect
    expect_untouched
}

@test "CN-5 a pod with a waypoint: the flow goes there, its TLV carries the pod's address and port" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    flow client guarded:9
    expect_waypoint waypoint:15008 guarded:9
}

@test "CN-6 a pod without a waypoint: direct, no TLV, not in km_socket" {
    keep direct client web1:8080
    expect_untouched
    expect_backend web1:8080
    expect_sockets 0
}

@test "CN-7 a backend with a waypoint, chosen by a service without: the TLV carries the service" {
    flow client mixed:80
    expect_waypoint waypoint:15008 mixed:80
}

@test "CN-7 a port that such a service does not have: untouched, or the waypoint's to refuse" {
    flow client mixed:80
    expect_waypoint waypoint:15008 mixed:80
    flow client mixed:81
    observed client_errno
    if [[ -z $output ]]; then
        expect_waypoint waypoint:15008 mixed:81
    else
        expect_errno ECONNREFUSED connect
        expect_untouched
    fi
}

@test "CN-8 a frontend whose id is neither service nor backend is untouched" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    map_set km_frontend '{"address": "guarded"}' '{"upstream": 424242}'
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "CN-8 a frontend whose backend is gone is untouched" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    map_delete km_backend '{"uid": "guarded"}'
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

# bats test_tags=no-v4,no-mapped
@test "CN-10 IPv6: the socket is connected to the waypoint's IPv6 address" {
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    expect_seen_like "the client's peer" client_peer '\[fd00:*]:15008'
}

# bats test_tags=no-v4,no-v6
@test "CN-10 IPv4-mapped: the socket is connected to the waypoint's address in mapped form" {
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    expect_seen_like "what was asked" asked '\[::ffff:10.96.*]:80'
    expect_seen_like "the client's peer" client_peer '\[::ffff:10.128.*]:15008'
}

# bats test_tags=no-v4,no-v6
@test "CN-10 IPv4-mapped: a backend is reached in mapped form, too" {
    flow client ports:1003
    expect_backend web1:8443
    expect_seen_like "the client's peer" client_peer '\[::ffff:10.128.*]:8443'
}

@test "CN-11 UDP to a pod with a waypoint is untouched" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    flow client guarded:8053 --protocol udp
    expect_untouched
    expect_backend guarded:8053
}

@test "CN-11 UDP to a service is untouched" {
    flow client plain:80
    expect_connected
    flow client plain:80 --protocol udp
    expect_errno ECONNREFUSED receive
    expect_untouched
}

@test "CN-13 a non-blocking connect" {
    flow client web:80 --nonblocking
    expect_waypoint waypoint:15008 web:80
    flow client ports:1003 --nonblocking
    expect_backend web1:8443
}

@test "CN-13 a connect from a bound port" {
    flow client web:80 --from-port 23456
    expect_seen_like "the client's address" client_local "*:23456"
    expect_waypoint waypoint:15008 web:80
    flow client ports:1003 --from-port 23456
    expect_seen_like "the client's address" client_local "*:23456"
    expect_backend web1:8443
}

@test "CN-13 a connect by another thread" {
    flow client web:80 --thread
    expect_waypoint waypoint:15008 web:80
    flow client ports:1003 --thread
    expect_backend web1:8443
}

@test "CN-13 a connect by a child process" {
    flow client web:80 --child
    expect_waypoint waypoint:15008 web:80
    flow client ports:1003 --child
    expect_backend web1:8443
}

@test "CN-13 a non-blocking connect by a child process, from a bound port" {
    flow client web:80 --child --nonblocking --from-port 23457
    expect_seen_like "the client's address" client_local "*:23457"
    expect_waypoint waypoint:15008 web:80
}
