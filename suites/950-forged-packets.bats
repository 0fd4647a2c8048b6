#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Forged packets: the verdicts that loaded programs have on them, and how a wrong one is reported.
# bats file_tags=once

load lib/waypost
load lib/inner

setup_file() {
    inner 951-wrong-verdicts
    lab_up authorization
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

@test "a loaded program's verdict: by its own maps and behind its tail calls" {
    require_setting authz_offload
    local key='{"client": "10.128.0.2:4000", "server": "10.128.0.3:8080"}'
    expect_verdicts server xdp_authz 'tcp syn from=client:4000 to=:8080 -> pass'
    map_set km_auth_res "$key" '{"deny": 1}'
    expect_verdicts server xdp_authz '
        # another port, another sender, another protocol
        tcp syn from=client:4000 to=:8080          -> drop
        tcp syn from=client:4001 to=:8080          -> pass
        tcp syn from=stranger:4000 to=:8080        -> pass
        tcp syn from=10.128.0.2:4000 to=server:8080 -> drop
        udp from=client:4000 to=:8080              -> pass'
}

@test "a program that changes the packet: the reset of a connection" {
    local key='{"client": "10.128.0.2:4000", "server": "10.128.0.3:8081"}'
    setting authz_offload=0
    map_set km_auth_res "$key" '{"deny": 1}'
    expect_verdicts server xdp_authz '
        tcp ack from=client:4000 to=:8081 -> pass changed
        tcp ack from=client:4000 to=:8081 -> pass'
}

@test "sockets are looked up in the pod: a listener there is not reset" {
    [[ -z ${WAYPOST_OBJECTS_DIR:-} ]] || skip "whether a denied SYN is reset is the datapath's own choice"
    local key='{"client": "10.128.0.2:4000", "server": "10.128.0.3:8080"}'
    setting authz_offload=0
    map_set km_auth_res "$key" '{"deny": 1}'
    expect_verdicts server xdp_authz 'tcp syn from=client:4000 to=:8080 -> pass'
    expect_map km_auth_res "$key" '{"deny":1}'
}

@test "a wrong verdict is reported with its line, how many there are and both verdicts" {
    expect_failed 951-wrong-verdicts "wrong verdicts" \
        "2 of 3 packets have another verdict; the first: line 3: udp from=client:1 to=:2: expected 'drop', is 'pass'" \
        "  did: waypost verdict server xdp_authz"
}

@test "a word that is none is reported with its line, and nothing was run" {
    expect_failed 951-wrong-verdicts "no word" "line 2: 'sin' is no word of a packet"
}

@test "packets that are sent arrive as they were, or are lost" {
    expect_outcomes client server '
        tcp ack from=:4000 to=:8081 payload=20            -> arrived
        tcp ack from=:4000 to=:8081 ihl=15                -> arrived
        udp from=10.9.9.9:1 to=:2 payload=9 fragment=8-16 -> arrived
        tcp ack from=:4000 to=:8081 checksum=7            -> arrived
        udp from=:1 to=:2 ttl=2                           -> arrived
        udp from=:1 to=:2 ttl=1                           -> lost
        udp from=:1 to=:2 header-checksum=1               -> lost'
    expect_outcomes client server --family v6 '
        tcp ack from=:4000 to=:8081 hop-by-hop routing destination=64 -> arrived
        icmp fragment=0-                                  -> arrived
        udp from=:1 to=:2 ttl=1                           -> lost'
}

@test "what no router forwards is put on a pod's link by its node, and by the pod" {
    expect_outcomes node server '
        arp                                  -> arrived
        vlan=5 udp from=client:1 to=:2       -> arrived
        ethertype=0x88cc payload=40          -> arrived
        frame=20 tcp ack from=client:1 to=:2 -> arrived'
    expect_outcomes client node 'vlan=5 udp from=:1 to=:2 -> arrived'
}

@test "a checksum is left to the interface, and made by one that does not pass it on" {
    expect_outcomes client server 'tcp ack from=:4000 to=:8081 payload=9 offload -> arrived'
    exec_ok plain ethtool -K eth0 tx off
    expect_outcomes plain server '
        tcp ack from=:4000 to=:8081 payload=9 offload -> arrived
        udp from=:4000 to=:8081 offload               -> arrived'
    exec_ok plain ethtool -K eth0 tx on
}

@test "what a program drops is lost, what it changes is told from what it passes" {
    local key='{"client": "10.128.0.2:4000", "server": "10.128.0.3:8081"}'
    map_set km_auth_res "$key" '{"deny": 1}'
    expect_outcomes client server '
        tcp ack from=:4000 to=:8081 -> lost
        tcp ack from=:4001 to=:8081 -> arrived'
    setting authz_offload=0
    expect_outcomes client server '
        tcp ack from=:4000 to=:8081 -> arrived changed
        tcp ack from=:4000 to=:8081 -> arrived'
}

@test "a wrong outcome is reported with its line and both" {
    expect_failed 951-wrong-verdicts "wrong outcome" \
        "1 of 1 packets have another outcome; the first: line 1: udp from=:1 to=:2: expected 'lost', is 'arrived'" \
        "  did: waypost forge client server"
}
