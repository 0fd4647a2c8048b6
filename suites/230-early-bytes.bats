#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Bytes that an application hands to the kernel before its connection is up. They pass by the hook
# that writes the TLV; what must hold all the same: the TLV leads, or the application is told and the
# waypoint has read nothing. docs/tests/sendmsg.md says what the kernel does in each case.

load lib/waypost

setup_file() {
    lab_up modes
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    need_tlv
}

# fastopen_count POD: in $count, how many of its connects had their first bytes acknowledged with the
# SYN.
fastopen_count() {
    local names values i
    exec_in "$1" cat /proc/net/netstat
    expect_status 0
    { read -ra names && read -ra values; } <<<"$output"
    count=
    for i in "${!names[@]}"; do
        [[ ${names[i]} != TCPFastOpenActive ]] || count=${values[i]}
    done
    [[ -n $count ]] || die "there is no TCPFastOpenActive in /proc/net/netstat"
}

# Each test has its positive control: the same call without a waypoint, which delivers its bytes.

@test "TL-8 sendto with MSG_FASTOPEN: led by the TLV, or refused" {
    flow client plain:84 --early fastopen
    expect_backend web1:8084
    flow client fastopen:80 --early fastopen
    expect_led_or_refused waypoint:15012 fastopen:80
}

@test "TL-8 TCP_FASTOPEN_CONNECT that asks for a cookie: led by the TLV, or refused" {
    flow client plain:84 --early fastopen-connect-cookie
    expect_backend web1:8084
    flow client fastopen:80 --early fastopen-connect-cookie
    expect_led_or_refused waypoint:15012 fastopen:80
}

# It takes the kernel a second to give up on a SYN that does not get out.
# bats test_tags=once
@test "TL-8 TCP_FASTOPEN_CONNECT, bytes in the SYN: led by the TLV, or refused" {
    allow_log "Fast Open data would lead the TLV"
    local before count
    fastopen_count client
    before=$count
    flow client plain:84 --early fastopen-connect
    expect_backend web1:8084
    fastopen_count client
    expect_equal "SYNs with data, without a waypoint" $((before + 1)) "$count"
    flow client fastopen:80 --early fastopen-connect
    expect_led_or_refused waypoint:15012 fastopen:80
}

# 300 ms, for the same reason.
# bats test_tags=once
@test "TL-8 a blocking send that waits for the handshake: led by the TLV, or refused" {
    allow_log "bytes were sent before the TLV"
    flow client plain:80 --early blocked-send
    expect_seen "the send was asleep before the handshake went on" client_early_waited true
    expect_backend web1:8080
    flow client sink:80 --early blocked-send
    expect_led_or_refused waypoint:15008 sink:80
}

# bats test_tags=once
@test "TL-8 a blocking send that waits, and more behind it: led by the TLV, or refused" {
    allow_log "bytes were sent before the TLV"
    flow client sink:80 --early blocked-send --bytes 3000 --chunk 1000
    expect_led_or_refused waypoint:15008 sink:80
}

@test "TL-8 after a refusal the next flow of the pod is as ever" {
    flow client fastopen:80 --early fastopen
    flow client fastopen:80
    expect_waypoint waypoint:15012 fastopen:80
}
