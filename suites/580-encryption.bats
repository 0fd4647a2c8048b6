#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Encryption between nodes, end to end: marks, and xfrm states and policies that look at them. What needs no
# ESP is in 570-marks.

load lib/waypost
load lib/marks

# Without ESP there is no lab, and setup() says why.
setup_file() {
    "$WAYPOST" doctor --probe esp >/dev/null 3>&- || return 0
    lab_up encryption
}

teardown_file() {
    [[ -z ${LAB:-} ]] || lab_down
}

setup() {
    require esp
    require_program tc_mark_encrypt tc_mark_decrypt
    lab_reset
    forget_marks
}

# xfrm NODE WORD…: by hand, until the next reset.
xfrm() {
    ask lab_changed
    exec_ok "$1" ip xfrm "${@:2}"
}

@test "TC-14 end to end: between the nodes nothing but ESP is on the wire, and the bytes arrive" {
    flow client far:8081 --bytes 100000 --receive 100000
    expect_echo
    expect_esp_only node1 node2
    expect_esp_only node2 node1
}

@test "TC-14 a pod with an address that is not of its node's network" {
    flow client elsewhere:8080
    expect_connected
    expect_payload
    expect_esp_only node1 node2
}

@test "TC-14 what is not marked goes between the same nodes in clear" {
    flow unmanaged far:8080
    expect_connected
    expect_payload
    expect_mark node1 node2 tcp 0
}

@test "TC-15 marked, and no outbound state: nothing leaves, and what is not marked does" {
    xfrm node1 state deleteall src "$(in_family 10.127.0.1 fd00:127::1)"
    flow client far:8080 --deadline 300
    expect_seen "nothing was accepted" listener_pod ""
    xfrm_count node1 XfrmOutNoStates
    ((output > 0)) || die "marked packets without a state" "some" "$output"
    waypost marks "$LAB" seen node1 node2 tcp
    expect_equal "TCP packets from node1 to node2" "{}" "$output"
    flow unmanaged far:8080
    expect_connected
}

@test "TC-15 after a reset the states are there again" {
    xfrm node1 state flush
    xfrm node2 policy flush
    lab_reset
    flow client far:8080
    expect_connected
    expect_esp_only node1 node2
    expect_esp_only node2 node1
}

@test "TC-17 what was taken out of ESP does not lose its mark at the second pass: it arrives once" {
    flow client far:5000 --protocol udp
    expect_received 64
    expect_seen "datagrams that arrived" listener_payload_bytes 64
    expect_mark node2 far udp 0xd0
}
