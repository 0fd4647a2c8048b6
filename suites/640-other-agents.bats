#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Sockets that cannot be put into the sockhash, and programs of others on the same pods. A flow carries
# its TLV or fails so that its client knows; whoever else is there goes on.

# shellcheck disable=SC2154 # output is the vocabulary's

load lib/waypost

setup_file() {
    lab_up other-agents
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    need_connect "$WAYPOST_FAMILY"
    need_tlv
}

# --- words of this file --------------------------------------------------------------------------

# other PROGRAMS END: they are attached, until the lab is reset.
other() {
    ask lab_changed
    waypost other "$LAB" attach "$@"
    expect_status 0
}

# expect_told TLV_DESTINATION: a whole waypoint flow, or one that failed within a second.
expect_told() {
    expect_led_or_refused waypoint:15008 "$1"
}

# expect_mptcp_led_or_refused TLV_DESTINATION: a TLV, or connect() said no; ours says EOPNOTSUPP. The hooks see
# another socket than the client has.
expect_mptcp_led_or_refused() {
    observed client_errno
    [[ -n $output ]] || {
        expect_seen "the client's peer" client_peer_name waypoint:15008
        expect_seen "the TLV" listener_tlv_status ok
        expect_seen "the TLV's destination" listener_tlv_destination_name "$1"
        expect_payload
        return
    }
    expect_seen "where the client was told" client_stage connect
    [[ -n ${WAYPOST_OBJECTS_DIR:-} ]] || expect_errno EOPNOTSUPP connect
}

# --- MPTCP ---------------------------------------------------------------------------------------

@test "AP-9 MPTCP to a waypoint: a TLV, or refused at connect; TCP from the same pod is served" {
    require mptcp
    flow client web:80 --protocol mptcp
    expect_mptcp_led_or_refused web:80
    flow client web:80
    expect_waypoint waypoint:15008 web:80
}

@test "AP-9 MPTCP without a waypoint is untouched: to a backend, and to a pod" {
    require mptcp
    flow client plain:80 --protocol mptcp
    expect_seen "the client's peer" client_peer_name web1:8080
    expect_no_tlv
    expect_payload
    flow client web1:8080 --protocol mptcp
    expect_seen "the client's peer" client_peer_name web1:8080
    expect_no_tlv
    expect_payload
}

# --- another agent's sockhash ---------------------------------------------------------------------

# bats test_tags=once
@test "AP-10 a socket that another program has taken: a client that sends is told within a second" {
    allow_log "not in km_socket"
    other takes client
    flow client web:80 --deadline 1000
    expect_told web:80
    flow neighbour web:80
    expect_waypoint waypoint:15008 web:80
}

# bats test_tags=once
@test "AP-10 a socket that another program has taken: a client that only reads is told" {
    allow_log "not in km_socket"
    other takes client
    flow client web:80 --bytes 0 --receive eof --deadline 5000
    expect_told web:80
    flow neighbour web:80 --bytes 0 --end close
    expect_connected
}

@test "AP-11 another agent on the pod's cgroup: its own connections and those to backends go on" {
    other takes client
    flow client plain:80
    expect_backend web1:8080
    flow client web1:8080
    expect_untouched
}

@test "AP-11 another agent above the pod: every waypoint flow carries its TLV" {
    other takes "$LAB"
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    flow client plain:80
    expect_backend web1:8080
}

@test "AP-11 another agent that comes while a connection is up: it goes on, and the next one carries a TLV or fails" {
    allow_log "not in km_socket"
    keep one client web:80
    keep two client web:80 --bytes 0
    other takes client
    go_on one client
    expect_waypoint waypoint:15008 web:80
    go_on two client
    expect_waypoint waypoint:15008 web:80
    flow client web:80 --deadline 1000
    expect_told web:80
}

@test "AP-11 another agent that has gone: the next flow carries its TLV" {
    other takes client
    waypost other "$LAB" detach
    expect_status 0
    flow client web:80
    expect_waypoint waypoint:15008 web:80
}

# --- another agent's redirect ---------------------------------------------------------------------

@test "AP-12 a redirect before ours: it is not undone, and what it asked for is the original destination" {
    other moves client
    flow client web:8000
    expect_waypoint waypoint:15008 web:80
    flow client plain:8000
    expect_backend web1:8080
}

@test "AP-12 a redirect after ours: it is not undone, and the TLV has what the application asked for" {
    other moves "$LAB"
    flow client web:80
    expect_seen "the client's peer" client_peer_name waypoint:15018
    expect_seen "the TLV's destination" listener_tlv_destination_name web:80
    expect_payload
}

@test "AP-12 control: without the other agent the same connects go where ours sends them" {
    flow client plain:8000
    expect_errno ECONNREFUSED connect
    flow client web:80
    expect_waypoint waypoint:15008 web:80
}
