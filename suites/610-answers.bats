#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What an application asks its socket is answered on a waypoint flow as on a direct one.

load lib/waypost
load lib/play

setup_file() {
    lab_up answers
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

# answers CLIENT TARGET NAME: lib/play/NAME.play on that flow alone, with the answers that it expects.
answers() {
    ask lab_changed
    ask step waypost play "$LAB" "$1" "$2" "$3.play"
    "$WAYPOST" play "$LAB" "$1" "$2" "$BATS_TEST_DIRNAME/lib/play/$3.play" 3>&-
}

# --- how much can be read ------------------------------------------------------------------------

@test "AP-1 FIONREAD: what has come and was not read" {
    same_answers client web:80 direct:80 fionread
}

@test "AP-1 TCP_INQ: what is left after a read, the client speaks first" {
    same_answers client web:80 direct:80 inq
}

@test "AP-1 TCP_INQ: what is left after a read, the server speaks first" {
    same_answers client web:80 direct:80 inq-server-first
}

# --- events --------------------------------------------------------------------------------------

@test "AP-2 poll: readable when bytes are there, and no longer, the client speaks first" {
    same_answers client web:80 direct:80 poll
}

@test "AP-2 poll: readable when bytes are there, and no longer, the server speaks first" {
    same_answers client web:80 direct:80 poll-server-first
}

@test "AP-2 select: readable when bytes are there, and no longer" {
    same_answers client web:80 direct:80 select
}

@test "AP-2 epoll, edge triggered: one event for all that happens, and no second one" {
    same_answers client web:80 direct:80 epoll-edge
}

@test "AP-2 epoll, level triggered: an event for as long as it is so" {
    same_answers client web:80 direct:80 epoll-level
}

@test "AP-2 epoll, poll and select wake a thread that waits, before the first send, too" {
    same_answers client web:80 direct:80 epoll-blocked
}

@test "AP-2 SO_RCVLOWAT: readable from so many bytes on, and not from another number on" {
    same_answers client web:80 direct:80 lowat
}

@test "AP-2 half-close by the client: the server's answer can be read" {
    same_answers client web:80 direct:80 half-close-client
}

@test "AP-2 half-close by the server, which spoke first: the client can send" {
    same_answers client web:80 direct:80 half-close-server
}

@test "AP-2 shutdown for reading: the client can send" {
    same_answers client web:80 direct:80 shutdown-read
}

@test "AP-2 a reset: its events, and its errno once" {
    same_answers client web:80 direct:80 reset
}

@test "AP-2 a reset before the first send: its events, and its errno once" {
    same_answers client web:80 direct:80 reset-recv
}

@test "AP-2 room to write: gone when the buffer is full, there when the server has read" {
    same_answers client web:80 direct:80 poll-write
}

@test "AP-2 a close with unread bytes is a reset for the server" {
    same_answers client web:80 direct:80 close-unread
}

@test "AP-2 a close with unread bytes before the first send is a reset for the server" {
    same_answers client web:80 direct:80 close-unread-first
}

@test "AP-2 an end without a byte before it: no TLV, and the server's answer can be read" {
    same_answers client web:80 direct:80 shutdown-first
}

# --- reading -------------------------------------------------------------------------------------

@test "AP-3 recv by a thread that waits, before the first send, too" {
    same_answers client web:80 direct:80 recv-blocked
}

@test "AP-3 recv by a thread that waits: a reset is ECONNRESET" {
    same_answers client web:80 direct:80 reset-blocked
}

@test "AP-3 recv by a thread that waits: room to write wakes it, and is no end of it" {
    same_answers client web:80 direct:80 recv-beside-room
}

@test "AP-3 recv by a thread of 6 MB before the first send" {
    same_answers client web:80 direct:80 bulk-server-first
}

@test "AP-3 MSG_PEEK takes nothing away" {
    same_answers client web:80 direct:80 peek
}

@test "AP-3 MSG_WAITALL waits for all, or for the end" {
    same_answers client web:80 direct:80 waitall
}

@test "AP-3 MSG_TRUNC throws away what it says" {
    same_answers client web:80 direct:80 trunc
}

@test "AP-3 SO_RCVTIMEO ends a read with EAGAIN, or with what was there" {
    same_answers client web:80 direct:80 rcvtimeo
}

@test "AP-3 SO_SNDTIMEO ends a send, and what was taken arrives" {
    same_answers client web:80 direct:80 sndtimeo
}

@test "AP-3 recvmmsg: several reads" {
    same_answers client web:80 direct:80 recvmmsg
}

@test "AP-3 splice from the socket" {
    same_answers client web:80 direct:80 splice
}

@test "AP-3 io_uring: a read that finds bytes, one that waits, and the end" {
    same_answers client web:80 direct:80 uring
}

@test "AP-3 recv by a thread while another one sends" {
    same_answers client web:80 direct:80 read-beside-send
}

@test "AP-3 recv by a thread of 3 MB, either way" {
    same_answers client web:80 direct:80 both-ways
}

@test "AP-3 a socket that never waits" {
    same_answers client web:80 direct:80 nonblock
}

# --- counts and limits ---------------------------------------------------------------------------

@test "AP-4 SIOCOUTQ: what is not acknowledged, without the TLV" {
    same_answers client web:80 direct:80 outq
}

@test "AP-4 TCP_INFO: sent, acknowledged and received, without the TLV" {
    same_answers client web:80 direct:80 info
}

@test "AP-4 SO_ERROR of a connect that nobody waited for, and of a reset" {
    same_answers client web:80 direct:80 error
}

@test "AP-4 SO_SNDBUF of a few KiB, EAGAIN in the middle of the first message: nothing lost, nothing twice" {
    same_answers client web:80 direct:80 sndbuf
}

@test "AP-4 SO_SNDBUF of a few KiB, a send that waits in the middle of its message" {
    same_answers client web:80 direct:80 sndbuf-blocked
}

@test "AP-4 TCP_CORK holds small messages back, the first one with its TLV" {
    same_answers client web:80 direct:80 cork
}

@test "AP-4 TCP_NODELAY and MSG_MORE: each byte arrives once" {
    same_answers client web:80 direct:80 nodelay
}

@test "AP-4 SO_SNDBUF of a few KiB, a close while most has not left: nothing lost" {
    same_answers client web:80 direct:80 close-unsent
}

@test "AP-4 a thread that waits in send() with a part of its message taken: a reset is ECONNRESET" {
    same_answers client web:80 direct:80 send-blocked-reset
}

@test "AP-4 a send of no bytes is no message" {
    same_answers client web:80 direct:80 send-nothing
}

# --- who has the socket --------------------------------------------------------------------------

@test "AP-5 a child sends first: one TLV, and its parent can go on" {
    same_answers client web:80 direct:80 fork
}

@test "AP-5 a program that was started with the socket sends first: one TLV" {
    same_answers client web:80 direct:80 exec
}

@test "AP-5 SCM_RIGHTS: a process of another cgroup and namespace sends first: one TLV" {
    same_answers client web:80 direct:80 pass
}

@test "AP-5 SCM_RIGHTS: a process of another cgroup and namespace sends second: no other TLV" {
    same_answers client web:80 direct:80 pass-later
}

@test "AP-5 dup: the copy sends first, and is the last one" {
    same_answers client web:80 direct:80 dup
}

@test "AP-5 the last user is in another cgroup and namespace: one TLV" {
    same_answers client web:80 direct:80 move
}

@test "AP-5 the last user is in a pod that is not managed: one TLV" {
    same_answers client web:80 direct:80 move-unmanaged
}

# --- kTLS ----------------------------------------------------------------------------------------

@test "AP-8 kTLS from before the first byte: the TLV leads in clear, or the first send fails" {
    require ktls
    allow_log "kTLS would encrypt the TLV"
    answers client direct:80 tls
    answers client web:80 tls || answers client web:80 tls-no-key || answers client web:80 tls-refused
}

@test "AP-8 kTLS after the first bytes: the records arrive as on a direct flow" {
    require ktls
    same_answers client web:80 direct:80 tls-later
}
