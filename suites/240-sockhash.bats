#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The map that brings a connection's sends before the program that writes the TLV: what is in it,
# when, and what becomes of a connection that does not fit. km_socket has room for two here.

load lib/waypost

setup_file() {
    lab_up sockhash
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    need_tlv
}

# fill_sockets: both of km_socket's entries are taken, by the kept sockets one and two.
fill_sockets() {
    keep one client1 web:80 --bytes 0
    keep two client1 web:80 --bytes 0
    expect_sockets 2
}

# In $from, the end that two clients in two namespaces both have; their waypoint's is the same too. The
# address is managed as theirs are: what becomes of a pod's other addresses is CN-16.
same_end() {
    local address=127.0.0.1
    from=$address:$1
    [[ $WAYPOST_FAMILY != v6 ]] || address=::1 from="[::1]:$1"
    map_set km_manage "{\"address\": \"$address\"}" '{"value": 0}'
}

@test "TL-9 km_socket holds a flow's entry until it has sent, and not after it closed" {
    expect_sockets 0
    keep one client1 web:80 --bytes 0
    expect_sockets 1
    go_on one client1
    expect_waypoint waypoint:15008 web:80
    expect_sockets 0
}

@test "TL-9 a flow that the client resets leaves no entry" {
    keep one client1 web:80 --bytes 0
    expect_sockets 1
    go_on one client1 --bytes 0 --end reset
    expect_sockets 0
}

@test "TL-9 a connection that ends before its socket is closed leaves no entry" {
    keep one client1 web:80 --bytes 0
    expect_sockets 1
    flow client1 plain:80 --socket one --disconnect --end keep
    expect_backend server:8080
    expect_sockets 0
}

@test "TL-9 flows that go straight are not in km_socket" {
    keep direct client1 plain:80
    expect_backend server:8080
    expect_sockets 0
}

# The kernel takes 200 ms to give up on a connection whose packets do not get out.
# bats test_tags=once
@test "TL-9 km_socket full: the flow fails and the waypoint reads nothing, or it carries its TLV" {
    allow_log "not in km_socket"
    fill_sockets
    flow client1 web:80
    expect_led_or_refused waypoint:15008 web:80
}

# bats test_tags=once
@test "TL-9 km_socket full: a flow that goes straight is none of its business" {
    fill_sockets
    flow client1 plain:80
    expect_backend server:8080
}

# bats test_tags=once
@test "TL-9 km_socket full, then not any more: the next flow carries its TLV" {
    fill_sockets
    go_on one client1
    flow client1 web:80
    expect_waypoint waypoint:15008 web:80
}

@test "TL-10 one 4-tuple in two namespaces: both connections carry their TLV" {
    local from
    same_end 4000
    keep one client1 local:80 --from "$from" --deadline 1000
    expect_waypoint client1:15008 local:80
    flow client2 local:80 --from "$from"
    expect_waypoint client2:15008 local:80
    expect_seen "the client's end" listener_peer "$from"
    go_on one client1
    expect_waypoint client1:15008 local:80
    expect_seen "the client's end" listener_peer "$from"
}

@test "TL-10 the second of two equal 4-tuples outlives the first" {
    local from
    same_end 4001
    keep one client1 local:80 --from "$from" --bytes 0 --deadline 1000
    expect_peer client1:15008
    keep two client2 local:80 --from "$from" --bytes 0
    go_on one client1
    expect_waypoint client1:15008 local:80
    go_on two client2
    expect_waypoint client2:15008 local:80
}

# bats test_tags=once
@test "TL-10 a closed connection that lingers does not take the entry of its equal with it" {
    local agent from
    same_end 4002
    waypost show "$LAB" -j
    agent=$(jq '.pods[] | select(.name == "client1").agent.pid' <<<"$output" 3>&-)
    # Its listener takes nothing and closes nothing for now, so the closed end waits for it.
    kill -STOP "$agent"
    exec_in client1 socat -u EXEC:"echo one" TCP4:10.96.0.2:80,bind="$from"
    expect_status 0
    keep two client2 local:80 --from "$from" --bytes 0
    expect_sockets 1
    kill -CONT "$agent"
    taken client1 "$from"
    expect_seen "the first one's end" listener_end eof
    expect_sockets 1
    go_on two client2
    expect_waypoint client2:15008 local:80
}
