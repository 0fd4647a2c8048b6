#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# However a client hands its bytes over, the TLV leads the stream, once. Each flow makes several
# calls of its kind: a TLV that led every call would show as payload that is wrong.

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

@test "TL-2 write: one TLV" {
    flow client sink:80 --send write --bytes 10000 --chunk 3000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 writev: one TLV, in front of pieces that are shorter than it" {
    flow client sink:80 --send writev --bytes 10000 --chunk 3000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 send: one TLV" {
    flow client sink:80 --send send --bytes 10000 --chunk 3000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 sendmsg: one TLV, in front of several iovecs" {
    flow client sink:80 --send sendmsg --bytes 10000 --chunk 3000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 sendto: one TLV" {
    flow client sink:80 --send sendto --bytes 10000 --chunk 3000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 sendfile: one TLV, in front of pages that belong to a file" {
    flow client sink:80 --send sendfile --bytes 300000 --chunk 100000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 splice: one TLV, in front of a pipe's pages" {
    flow client sink:80 --send splice --bytes 30000 --chunk 4000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 MSG_MORE: one TLV, though the kernel may join the calls" {
    flow client sink:80 --send more --bytes 10000 --chunk 1000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 MSG_ZEROCOPY: one TLV, in front of the application's pages" {
    flow client sink:80 --send zerocopy --bytes 300000 --chunk 100000
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 io_uring: one TLV" {
    require io_uring
    flow client sink:80 --send io_uring --bytes 10000 --chunk 3000
    expect_waypoint waypoint:15008 sink:80
}

# Linux takes this way from a socket in a sockhash (sock_replace_proto() clears SOCK_SUPPORT_ZC): the
# application gets EOPNOTSUPP, knows it from other sockets, and sends another way.
@test "TL-2 io_uring zero copy: one TLV, or a refusal before the first byte" {
    require io_uring_zc
    flow client plain:80 --send io_uring_zc --bytes 300000 --chunk 100000
    expect_backend web1:8080
    flow client sink:80 --send io_uring_zc --bytes 300000 --chunk 100000
    observed client_errno
    [[ -z $output ]] || expect_errno EOPNOTSUPP send
    expect_led_or_refused waypoint:15008 sink:80
}

@test "TL-2 one byte at a time: one TLV" {
    flow client sink:80 --send byte
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 1 MiB at once: one TLV, in front of a message that fills the socket's buffer" {
    flow client sink:80 --send big
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 later, another way: a connection that had its TLV gets no second one" {
    keep talk client sink:80 --send writev
    expect_waypoint waypoint:15008 sink:80
    go_on talk client --send sendfile
    expect_waypoint waypoint:15008 sink:80
}

@test "TL-2 a non-blocking connect, then sends from the event loop: one TLV" {
    flow client sink:80 --nonblocking --bytes 10000 --chunk 3000
    expect_waypoint waypoint:15008 sink:80
}
