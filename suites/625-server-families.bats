#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Servers whose socket is of one family: to the programs AF_INET, AF_INET6 and dual-stack sockets are
# three different things. One of them listens at 8081 (v4), 8082 (v6), and each at 8083.

# $output, $CLIENT and $SERVER belong to one test.
# shellcheck disable=SC2030,SC2031

load lib/waypost
load lib/reports

setup_file() {
    lab_up server-families
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    lab_changed # what this test leaves unread is not the next one's
}

# accepted PORT: one connection to the server, asked for and reported by both ends.
accepted() {
    flow client "server:$1"
    expect_backend "server:$1"
    expect_asked client "server:$1"
    expect_reports inbound outbound
}

# own_end PORT: what the server reports of the last connection names its own end as the destination.
own_end() {
    local state
    observed client_local_plain
    for state in established close; do
        record direction=inbound "state=$state"
        expect_fields family "$RECORD_FAMILY" client "$output" success 1 \
            server_name "server:$1" destination_name "server:$1"
    done
}

# bats test_tags=no-v6
@test "SO-1 an IPv4 server: a connection is asked for" {
    flow client server:8081
    expect_backend server:8081
    expect_asked client server:8081
    no_more_records km_auth_req
}

# bats test_tags=no-v4,no-mapped
@test "SO-1 an IPv6 server: a connection is asked for" {
    flow client server:8082
    expect_backend server:8082
    expect_asked client server:8082
    no_more_records km_auth_req
}

# bats test_tags=no-v6
@test "SO-4 an IPv4 server reports its own end as the destination" {
    accepted 8081
    own_end 8081
}

# bats test_tags=no-v4,no-mapped
@test "SO-4 an IPv6 server reports its own end as the destination" {
    accepted 8082
    own_end 8082
}

@test "SO-4 a server with a socket of each family on one port reports its own end" {
    accepted 8083
    own_end 8083
}

# up NAME: a connection to the server's socket of the flow's one family, at $PORT; its ends are in $CLIENT and
# $SERVER, and its reports and its request are read.
up() {
    PORT=8081
    [[ $WAYPOST_FAMILY != v6 ]] || PORT=8082
    keep "$1" client "server:$PORT"
    expect_backend "server:$PORT"
    observed client_local_plain client_peer_plain
    CLIENT=${output% *} SERVER=${output#* }
    forget_records
}

# user_space 0|1: user space's answer about it.
user_space() {
    map_set km_auth_res "{\"client\": \"$CLIENT\", \"server\": \"$SERVER\"}" "{\"deny\": $1}"
}

@test "SO-3 a server of one family: the answer is gone when the connection has ended" {
    up one
    user_space 0
    go_on one client --bytes 0 --end reset
    expect_seen "the server's end" listener_end reset
    expect_map km_auth_res "{\"client\": \"$CLIENT\", \"server\": \"$SERVER\"}" ""
}

@test "SK-1 a server of one family: one report more, last reported over 5 s ago" {
    require_program cgroup_skb_ingress_prog cgroup_skb_egress_prog
    setting enable_periodic_report=1
    up one
    plant server "$CLIENT" '{"report_ago_ms": 5100}'
    go_on one client --end keep
    records km_tcp_probe 1
    expect_fields direction inbound state established success 1 client "$CLIENT" server_name "server:$PORT"
}

@test "XD-1 a server of one family: a denied connection is reset there" {
    require_program xdp_authz
    setting authz_offload=0
    up one
    user_space 1
    go_on one client --end keep --receive none
    expect_seen "how the connection ended at the server" listener_end reset
    expect_seen "bytes that reached the server" listener_payload_bytes 64
}

@test "XD-2 a server of one family: a denied connection's segments are dropped, another's pass" {
    require_program xdp_authz
    require_setting authz_offload
    up one
    user_space 1
    go_on one client --end keep --receive none --deadline 100
    expect_seen "bytes that reached the server" listener_payload_bytes 64
    up two
    user_space 0
    go_on two client
    expect_backend "server:$PORT"
}

@test "TL-1 a waypoint with a socket of each family: the asked port and family, whatever the port" {
    flow client web:256
    expect_waypoint gateway:15008 web:256
}

@test "CN-6 a server of one family refuses the other, and nothing is redirected" {
    local own=8081 other=8082
    [[ $WAYPOST_FAMILY != v6 ]] || own=8082 other=8081
    flow client "server:$own"
    expect_backend "server:$own"
    flow client "server:$other"
    expect_errno ECONNREFUSED connect
    expect_untouched
}

@test "CN-2 a waypoint with a socket of each family: one TLV" {
    flow client web:80
    expect_waypoint gateway:15008 web:80
}

@test "CN-11 a datagram to a receiver of one family arrives, and is answered from there" {
    local port=9001
    [[ $WAYPOST_FAMILY != v6 ]] || port=9002
    flow client "server:$port" --protocol udp
    expect_untouched
    expect_echo
    expect_seen "who answered" client_source_name "server:$port"
}

# bats test_tags=once
@test "CN-6 a lab that is shown has a listener's one family behind its port" {
    waypost show "$LAB"
    expect_match "what the server listens on" \
        "*8080 8081/v4 8082/v6 8083/echo/v4 8083/echo/v6 9001/udp/v4 9002/udp/v6*" "$output"
}
