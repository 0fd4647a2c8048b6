#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The TLV in front of a waypoint flow, the payload behind it, and the flows that carry none.

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

@test "TL-1 the TLV is these bytes: type, length, address, port, end, and then the payload" {
    local address4='????????'
    local address6="$address4$address4$address4$address4"
    flow client sink:80
    expect_waypoint waypoint:15008 sink:80
    case $WAYPOST_FAMILY in
        v4) expect_head "0100000006${address4}0050fe00000000" ;;
        v6) expect_head "0100000012${address6}0050fe00000000" ;;
        mapped) expect_head "010000001200000000000000000000ffff${address4}0050fe00000000" ;;
    esac
}

@test "TL-3 one byte follows the TLV" {
    flow client sink:80 --bytes 1
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-3 4 KiB follow the TLV byte for byte" {
    flow client sink:80 --bytes 4096
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-3 1 MiB follows the TLV byte for byte" {
    flow client sink:80 --bytes 1048576
    expect_waypoint waypoint:15008 sink:80
}

# bats test_tags=once
@test "TL-3 64 MiB follow the TLV byte for byte" {
    flow client sink:80 --bytes 67108864 --chunk 1048576
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-4 the server speaks first: its bytes are untouched, and the TLV leads the answer" {
    keep talk client banner:80 --bytes 0 --receive 64
    expect_seen "what the waypoint read before the client spoke" listener_raw_bytes 0
    expect_received 64
    go_on talk client
    expect_waypoint waypoint:15009 banner:80
}

@test "TL-4 both speak at once: neither sees anything but the other's bytes" {
    flow client banner:80
    expect_waypoint waypoint:15009 banner:80
    expect_received 64
}

@test "TL-5 a client that sends nothing and closes: a clean end of stream, without a byte" {
    flow client sink:80 --bytes 0
    expect_peer waypoint:15008
    expect_seen "how the stream ended" listener_end eof
    expect_seen "bytes that the waypoint read" listener_raw_bytes 0
}

@test "TL-6 half-close: the waypoint reads everything, and its answer still arrives" {
    flow client echo:80 --bytes 10000
    expect_waypoint waypoint:15010 echo:80
    expect_seen "how the stream ended" listener_end eof
    expect_echo
}

@test "TL-6 close: everything that was sent arrives" {
    flow client sink:80 --bytes 10000 --end close
    expect_waypoint waypoint:15008 sink:80
    expect_seen "how the stream ended" listener_end eof
}

@test "TL-6 the client resets: what arrived before is whole, and the reset is seen" {
    keep talk client sink:80 --bytes 10000
    expect_waypoint waypoint:15008 sink:80
    go_on talk client --bytes 0 --end reset
    expect_seen "how the stream ended" listener_end reset
    expect_tlv sink:80
    expect_seen "bytes that arrived" listener_payload_bytes 10000
    expect_seen "first wrong byte" listener_payload_wrong_at ""
}

@test "TL-6 the waypoint resets: it had its TLV, and the client sees the reset" {
    flow client reset:80
    expect_errno ECONNRESET receive
    expect_tlv reset:80
    expect_seen "first wrong byte" listener_payload_wrong_at ""
}

@test "TL-6 both ends send at once: no byte lost, doubled or reordered either way" {
    flow client echo:80 --bytes 4194304 --send big
    expect_waypoint waypoint:15010 echo:80
    expect_echo
}

@test "TL-7 beside an open waypoint flow, the waypoint's own address is reached without a TLV" {
    keep beside client sink:80
    expect_waypoint waypoint:15008 sink:80
    flow client waypoint:15008
    expect_backend waypoint:15008
    go_on beside client
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-7 beside an open waypoint flow, a service without a waypoint carries no TLV" {
    keep beside client sink:80
    flow client plain:80
    expect_backend web1:8080
    go_on beside client
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-7 one local port, first for a waypoint flow, then straight to the same pod and port" {
    flow client sink:80 --from-port 4001
    expect_waypoint waypoint:15008 sink:80
    flow client waypoint:15009 --from-port 4001
    expect_backend waypoint:15009
}

@test "TL-7 the answer of a waypoint's own socket carries no TLV, however much was sent" {
    keep talk client echo:80 --receive 64
    expect_tlv echo:80
    expect_echo
    go_on talk client --receive 64 --end keep
    expect_echo
}
