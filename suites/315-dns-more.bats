#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Name servers, what 310 has not: a proxy that moves or goes while sockets are connected to it, and
# sockets of one family that receive.

load lib/waypost
load lib/dns

setup_file() {
    lab_up dns
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    require_object bpf_redirect_dns_send
}

# asked: a socket, q, that is connected to server1, and whose first query was answered.
asked() {
    keep q client server1:53 --protocol udp
    expect_answer server1:53
}

# expect_told: the next datagram of q is refused, and no answer is waited for.
expect_told() {
    go_on q client --protocol udp --end keep
    expect_errno EPERM send
}

# expect_asked_anew POD: q is connected once more, and its query arrives there.
expect_asked_anew() {
    flow client server1:53 --protocol udp --socket q --end keep
    expect_seen "the client's peer" client_peer_name "$1:53"
    expect_answer server1:53
}

# --- a proxy that moves or goes ------------------------------------------------------------------

# bats test_tags=no-v6
@test "DN-7 the proxy moves: a connected socket's next datagram is refused, and connected anew it asks the new one" {
    asked
    proxy_is next
    expect_told
    expect_asked_anew next
}

# bats test_tags=no-v6
@test "DN-7 the proxy goes: a connected socket's next datagram is refused, and connected anew it asks the server" {
    asked
    no_proxy
    expect_told
    expect_asked_anew server1
}

# bats test_tags=no-v6
@test "DN-7 the proxy loses its IPv4 address: a connected socket's next datagram is refused" {
    local address
    for address in null '"proxy/v6"'; do
        asked
        map_set km_backend '{"uid": 0}' "{\"address\": $address}"
        expect_told
        expect_asked_anew server1
        proxy_is proxy
    done
}

# bats test_tags=no-v6
@test "DN-7 the proxy moves: what a connected socket sends to a server by name is refused, too" {
    asked
    proxy_is next
    flow client server2:53 --protocol udp --send sendto --socket q --end keep
    expect_errno EPERM send
    no_proxy
    flow client server2:53 --protocol udp --send sendto --socket q --end keep
    expect_errno EPERM send
}

# bats test_tags=no-v6
@test "DN-7 the proxy moves and the pod is disabled: a connected socket's next datagram is refused" {
    asked
    manage client disable
    proxy_is next
    expect_told
}

# bats test_tags=no-v6
@test "DN-7 the proxy's entry is written again, or comes back: a connected socket goes on" {
    asked
    proxy_is proxy
    go_on q client --protocol udp --end keep
    expect_answer server1:53
    proxy_is next
    expect_told
    proxy_is proxy
    go_on q client --protocol udp --end keep
    expect_answer server1:53
}

# bats test_tags=no-v6
@test "DN-7 the proxy moves: a socket that is not connected asks the new one by its next call" {
    unconnected 5401 client server1:53 --socket u --end keep
    lab_changed
    expect_answer server1:53
    proxy_is next
    flow client server1:53 --protocol udp --send sendto --socket u --end keep
    expect_answer server1:53
    expect_arrived next:53 64
}

# bats test_tags=no-v6
@test "DN-7 the proxy moves: a socket that is connected to another port goes on" {
    keep q client server1:5353 --protocol udp
    expect_answer server1:5353
    proxy_is next
    go_on q client --protocol udp --end keep
    expect_answer server1:5353
}

# --- sockets of one family -----------------------------------------------------------------------

# expect_own_sources PORT: client's socket there has asked nobody. What comes to it from port 53, of
# the proxy and of others, keeps its source, after other sockets of the pod have asked.
expect_own_sources() {
    local from
    flow client server1:53 --protocol udp --send sendto
    expect_answer server1:53
    for from in proxy stranger; do
        connected "$from" "client:$1" --from-port 53 --receive none
        expect_connected
        expect_seen "the source that client's socket saw" listener_peer_name "$from:53"
    done
}

# bats test_tags=no-v6
@test "DN-5 an IPv4 socket that never asked: a datagram from port 53 keeps its own source" {
    expect_own_sources 9994
}

# bats test_tags=no-v4,no-mapped
@test "DN-5 an IPv6 socket that never asked: a datagram from port 53 keeps its own source" {
    expect_own_sources 9996
}

@test "DN-5 a dual-stack socket that never asked: a datagram from port 53 keeps its own source" {
    expect_own_sources 9999
}
