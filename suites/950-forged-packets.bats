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
