#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who is at the other end (AP-13), and flows of a pod to itself (AP-15): both ends are in one network
# namespace and one cgroup, and each has its own part in what the programs do.

load lib/waypost
load lib/reports
load lib/play

setup_file() {
    lab_up hairpin
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    lab_changed # what this test leaves unread is not the next one's
}

# both_ends SERVER DESTINATION: the last flow was asked for once and reported by both ends: the client's
# had asked for DESTINATION, the server's own end is SERVER.
both_ends() {
    local state
    expect_reports inbound outbound
    observed client_local_plain
    for state in established close; do
        record direction=outbound "state=$state"
        expect_fields client "$output" server_name "$1" destination_name "$2" success 1
        record direction=inbound "state=$state"
        expect_fields client "$output" server_name "$1" destination_name "$1" success 1
    done
    no_more_records km_tcp_probe
    no_more_records km_auth_req
}

# loops: the pod's own address on the loopback, in $loop.
loops() {
    loop=127.0.0.1
    [[ $WAYPOST_FAMILY != v6 ]] || loop='[::1]'
}

# --- who is at the other end --------------------------------------------------------------------

@test "AP-13 to a backend: the client's peer is the backend, the listener's the client" {
    same_answers self played:80 player:8080 ends
}

@test "AP-13 to a waypoint: the client's peer is the waypoint, the listener's the client" {
    same_answers self played-led:80 player:8080 ends
}

@test "AP-13 of a pod to itself: each end names the other" {
    same_answers player played:80 player:8080 ends
    same_answers player played-led:80 player:8080 ends
}

# --- of a pod to itself -------------------------------------------------------------------------

@test "AP-15 a pod behind its own service: redirected to itself, both ends report" {
    flow self own:80
    expect_backend self:8080
    expect_seen_like "the client as the listener sees it" listener_peer_name "self:*"
    expect_asked self self:8080
    both_ends self:8080 own:80
}

@test "AP-15 a pod behind its own service is answered" {
    flow self own:81 --bytes 100000
    expect_backend self:8081
    expect_echo
}

@test "AP-15 a pod that is its own waypoint: one TLV, both ends report" {
    flow self led:80
    expect_waypoint self:15008 led:80
    expect_asked self self:15008
    both_ends self:15008 led:80
}

@test "AP-15 a flow of a pod to itself is in km_socket once until it has sent, and not after it" {
    keep open self led:80 --bytes 0
    expect_sockets 1
    go_on open self
    expect_waypoint self:15008 led:80
    expect_sockets 0
}

@test "AP-15 a pod by its own address: untouched, both ends report" {
    flow self self:8080
    expect_untouched
    expect_backend self:8080
    expect_asked self self:8080
    both_ends self:8080 self:8080
}

@test "AP-15 a pod by its own address, which has itself for its waypoint: one TLV" {
    flow gate gate:8080
    expect_waypoint gate:15008 gate:8080
    expect_asked gate gate:15008
    both_ends gate:15008 gate:8080
}

@test "AP-15 a waypoint on the loopback: one TLV, from the loopback's own address" {
    local loop
    loops
    flow gate sidecar:80
    expect_waypoint gate:15008 sidecar:80
    expect_seen_like "the client as the listener sees it" listener_peer "${loop/[/[[]}:*"
    records km_auth_req 1
    expect_reports inbound outbound
    record direction=outbound state=established
    expect_fields destination_name sidecar:80
}

@test "AP-15 a pod over the loopback: untouched, both ends report" {
    local loop
    loops
    flow self "$loop:8080"
    expect_untouched
    expect_backend self:8080
    records km_auth_req 1
    expect_reports inbound outbound
}

@test "AP-15 a pod that is not managed, behind a service of its own: untouched" {
    flow self foreign:80
    expect_backend stranger:8080
    flow stranger foreign:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    flow stranger stranger:8080
    expect_untouched
    expect_backend stranger:8080
}
