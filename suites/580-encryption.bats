#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What becomes of the marks where xfrm policies look at them. Not every kernel has ESP; a policy that blocks
# needs none.

load lib/waypost
load lib/marks

setup_file() {
    lab_up marks
    ANY=$(in_family 0.0.0.0/0 ::/0)
    export ANY
}

teardown_file() {
    lab_down
}

setup() {
    require_program tc_mark_encrypt tc_mark_decrypt
    lab_reset
    forget_xfrm
}

# --- words of this file --------------------------------------------------------------------------

forget_xfrm() {
    local node
    for node in node1 node2; do
        exec_ok "$node" ip xfrm policy flush
        exec_ok "$node" ip xfrm state flush
    done
}

# block NODE: what is marked for encryption does not leave.
block() {
    exec_ok "$1" ip xfrm policy add dir out src "$ANY" dst "$ANY" mark 0xe0 mask 0xffffffff action block
}

# blocked NODE: how many packets such a policy has stopped, in $output.
blocked() {
    # shellcheck disable=SC2016 # for awk
    exec_ok "$1" awk '$1 == "XfrmOutPolBlock" {print $2}' /proc/net/xfrm_stat
}

# end NODE: the node's own address, in $end.
end() {
    end=$(in_family 10.127.0. fd00:127::)${1#node}
}

# state NODE SOURCE DESTINATION SPI [OPTION…]: false when this kernel has no ESP.
state() {
    exec_in "$1" ip xfrm state add src "$2" dst "$3" proto esp spi "$4" reqid 1 mode tunnel \
        aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128 "${@:5}"
    [[ $status -eq 0 ]]
}

# encrypt NODE OTHER SPI-OUT SPI-IN: what is marked goes to the other node in ESP, and comes from there.
encrypt() {
    local own other tmpl end
    end "$1"
    own=$end
    end "$2"
    other=$end
    state "$1" "$own" "$other" "$3" || skip "this kernel has no ESP: ip xfrm state add says $output"
    state "$1" "$other" "$own" "$4" output-mark 0xd0 mask 0xffffffff
    tmpl="tmpl src $own dst $other proto esp reqid 1 mode tunnel"
    # shellcheck disable=SC2086
    exec_ok "$1" ip xfrm policy add dir out src "$ANY" dst "$ANY" mark 0xe0 mask 0xffffffff $tmpl
    tmpl="tmpl src $other dst $own proto esp reqid 1 mode tunnel"
    # shellcheck disable=SC2086
    exec_ok "$1" ip xfrm policy add dir fwd src "$ANY" dst "$ANY" mark 0xd0 mask 0xffffffff $tmpl
    # shellcheck disable=SC2086
    exec_ok "$1" ip xfrm policy add dir in src "$ANY" dst "$ANY" mark 0xd0 mask 0xffffffff $tmpl
}

encrypt_both() {
    encrypt node1 node2 0x101 0x102
    encrypt node2 node1 0x102 0x101
}

# --- without ESP ---------------------------------------------------------------------------------

@test "TC-15 marked, and the policy blocks: nothing leaves in clear, and what is not marked does" {
    block node1
    flow client far:8080 --deadline 300
    expect_seen "nothing was accepted" listener_pod ""
    blocked node1
    ((output > 0)) || die "packets that the policy stopped" "some" "$output"
    flow client near:8080
    expect_backend near:8080
}

@test "TC-15 the same packets without a mark are not stopped" {
    map_delete km_nodeinfo "{\"prefix\": \"$(in_family 10.129.0.0/16 fd00:81::/64)\"}" --node node1
    block node1
    flow client far:8080
    expect_backend far:8080
}

# --- with ESP ------------------------------------------------------------------------------------

@test "TC-14 end to end: between the nodes nothing but ESP is on the wire, and the bytes arrive" {
    encrypt_both
    forget_marks
    flow client far:8081 --bytes 100000 --receive 100000
    expect_echo
    expect_esp_only node1 node2
    expect_esp_only node2 node1
}

@test "TC-17 what was taken out of ESP does not lose its mark at the second pass: it arrives once" {
    encrypt_both
    flow client far:5000 --protocol udp
    expect_received 64
    expect_seen "datagrams that arrived" listener_payload_bytes 64
}
