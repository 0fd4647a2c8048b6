#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies: where the TCP header stands. IP options, IPv6 extension headers and fragments may not hide a port.

# $by_family belongs to one test, and a word sets it.
# shellcheck disable=SC2030,SC2031,SC2154

load lib/waypost
load lib/policy

setup_file() {
    lab_up no-policies
}

teardown_file() {
    lab_down
}

setup() {
    policies_setup
    by_family 10.1.2.3 fd00::1
}

# --- words of this file --------------------------------------------------------------------------

# The server lets 8080 in and nothing else, the other one keeps 8080 out and nothing else.
both_ways() {
    allow 7 '{"destination_ports": [8080]}'
    deny 8 '{"destination_ports": [8080]}'
    under server 7
    under second 8
}

# judged_by_port WORD…: packets with those words, by ALLOW and by DENY.
judged_by_port() {
    let_in "$by_family" 8080 "$@"
    keep_out "$by_family" 8081 "$@"
    judge server
    keep_out "$by_family" 8080 "$@"
    let_in "$by_family" 8081 "$@"
    judge second
}

# passing POD PACKET…: each passes.
passing() {
    local pod=$1 packet
    shift
    for packet; do
        table+="$packet -> pass"$'\n'
    done
    judge "$pod"
}

# --- headers -------------------------------------------------------------------------------------

# bats test_tags=no-v6,no-mapped
@test "XD-34 IPv4 options: at every header length the real ports are judged, by ALLOW and by DENY" {
    local ihl
    both_ways
    for ihl in 5 6 7 8 9 10 11 12 13 14 15; do
        judged_by_port "ihl=$ihl"
    done
}

# bats test_tags=no-v4,no-mapped
@test "XD-35 IPv6 extension headers before TCP: judged as without" {
    both_ways
    judged_by_port hop-by-hop
    judged_by_port destination
    judged_by_port routing
    judged_by_port hop-by-hop destination routing=0 destination
    judged_by_port hop-by-hop=64 destination=2048
}

# bats test_tags=no-v4,no-mapped
@test "XD-35 a user's verdict holds behind extension headers, too" {
    by_family 10.1.2.3 fd00::1
    map_set km_auth_res '{"client": "[fd00::1]:999", "server": "[fd00:c9::5]:8080"}' '{"deny": 1}'
    expect_verdicts second xdp_authz '
        tcp syn from=[fd00::1]:999 to=:8080 hop-by-hop destination -> drop
        tcp syn from=[fd00::1]:999 to=:8081 hop-by-hop destination -> pass'
}

# bats test_tags=no-v4,no-mapped
@test "XD-35 more headers than a program can pass by hide nothing: under a policy such a packet is dropped" {
    local -a nine=(destination destination destination destination destination destination destination
        destination destination)
    both_ways
    keep_out fd00::1 8081 "${nine[@]}"
    judge server
    keep_out fd00::1 8080 "${nine[@]}"
    judge second
}

# bats test_tags=no-mapped
@test "XD-34 XD-35 sent: what stands before the TCP header hides no port" {
    local header=(ihl=7)
    [[ $WAYPOST_FAMILY != v6 ]] || header=(hop-by-hop destination=32)
    both_ways
    let_in "$by_family" 8080 "${header[@]}"
    keep_out "$by_family" 8081 "${header[@]}"
    send server
    keep_out "$by_family" 8080 "${header[@]}"
    let_in "$by_family" 8081 "${header[@]}"
    send second
}

# --- fragments -----------------------------------------------------------------------------------

# bats test_tags=no-mapped
@test "XD-36 a first fragment with a whole TCP header is judged" {
    both_ways
    judged_by_port payload=100 fragment=0-40
}

# bats test_tags=no-mapped
@test "XD-36 later fragments pass, whatever their bytes would be as a TCP header" {
    local from=$by_family
    [[ $from != *:* ]] || from=[$from]
    allow 7 '{"destination_ports": [9]}'
    under server 7
    keep_out "$by_family" 8080
    judge server
    passing server "tcp syn from=$from:4000 to=:8080 payload=200 fragment=24-64" \
        "tcp syn from=$from:4000 to=:8080 payload=200 fragment=64-" \
        "tcp syn from=$from:4000 to=:8080 payload=200 fragment=8-64"
}

# bats test_tags=no-mapped
@test "XD-36 a first fragment without a whole TCP header is dropped under a policy, and passes elsewhere" {
    both_ways
    keep_out "$by_family" 8080 payload=100 fragment=0-8
    keep_out "$by_family" 8081 payload=100 fragment=0-16
    judge server
    under server 0
    let_in "$by_family" 8080 payload=100 fragment=0-8
    judge server
}

# bats test_tags=no-mapped
@test "XD-36 sent: fragments of a connection that is let in arrive, of one that is kept out the first is lost" {
    both_ways
    let_in "$by_family" 8080 payload=100 fragment=0-40
    let_in "$by_family" 8080 payload=100 fragment=40-
    keep_out "$by_family" 8081 payload=100 fragment=0-40
    let_in "$by_family" 8081 payload=100 fragment=40-
    send server
}

# --- what is not looked into ---------------------------------------------------------------------

# bats test_tags=no-mapped
@test "XD-3 XD-31 under a policy that lets nobody in, short and VLAN-tagged frames pass" {
    local from=$by_family
    [[ $from != *:* ]] || from=[$from]
    allow 7 '{"destination_ports": [9]}'
    under server 7
    passing server "tcp syn from=$from:4000 to=:8080 cut=4" "tcp syn from=$from:4000 to=:8080 cut=19" \
        "tcp syn from=$from:4000 to=:8080 vlan=5" "ethertype=0x88b5 payload=60"
    keep_out "$by_family" 8080
    judge server
}

# --- what arrives --------------------------------------------------------------------------------

# bats test_tags=no-mapped
@test "XD-43 what passes is not changed by a bit: TTL, options, checksums" {
    both_ways
    let_in "$by_family" 8080 ttl=1 payload=1000
    let_in "$by_family" 8080 ttl=255
    let_in "$by_family" 8080 checksum=0
    let_in "$by_family" 8080 checksum=0xbeef
    [[ $WAYPOST_FAMILY == v6 ]] || let_in "$by_family" 8080 ihl=15 header-checksum=0x1234
    [[ $WAYPOST_FAMILY != v6 ]] || let_in "$by_family" 8080 hop-by-hop destination=64
    judge server
}

# bats test_tags=no-mapped
@test "XD-43 sent: what passes arrives bit for bit, with checksum offload and without" {
    both_ways
    let_in "$by_family" 8080 payload=1000
    let_in "$by_family" 8080 payload=1000 offload
    let_in "$by_family" 8080 ttl=3
    let_in "$by_family" 8080 checksum=0xbeef
    send server
    exec_ok client ethtool -K eth0 tx off
    let_in "$by_family" 8080 payload=1000
    let_in "$by_family" 8080 payload=1000 offload
    send server
    exec_ok client ethtool -K eth0 tx on
}

@test "XD-43 a connection's bytes arrive whole, with checksum offload and without" {
    both_ways
    expect_let_in server:8080 --bytes 200000
    expect_payload
    exec_ok client ethtool -K eth0 tx off
    expect_let_in server:8080 --bytes 200000
    expect_payload
    exec_ok client ethtool -K eth0 tx on
}
