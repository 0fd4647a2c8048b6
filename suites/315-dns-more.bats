#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Name servers, what 310 has not: a proxy that moves or goes while sockets are connected to it, replies
# that are peeked at or stay unread, IPv6, and sockets of one family that receive.

load lib/waypost
load lib/dns

setup_file() {
    lab_up dns
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    require_object bpf_redirect_dns_send
}

# asked: a socket, q, that is connected to server1, and whose first query was answered.
asked() {
    [[ $WAYPOST_FAMILY != v6 ]] || require_dns_programs
    keep q client server1:53 --protocol udp
    expect_answer server1:53
}

# expect_told: the next datagram of q is refused, and no answer is waited for.
expect_told() {
    go_on q client --protocol udp --end keep
    expect_errno EPERM send
}

# expect_asked_anew POD: q is connected once more, and its query arrives there.
expect_asked_anew() {
    flow client server1:53 --protocol udp --socket q --end keep
    expect_seen "the client's peer" client_peer_name "$1:53"
    expect_answer server1:53
}

# --- a proxy that moves or goes ------------------------------------------------------------------

@test "DN-7 the proxy moves: a connected socket's next datagram is refused, and connected anew it asks the new one" {
    asked
    proxy_is next
    expect_told
    expect_asked_anew next
}

@test "DN-7 the proxy goes: a connected socket's next datagram is refused, and connected anew it asks the server" {
    asked
    no_proxy
    expect_told
    expect_asked_anew server1
}

@test "DN-7 the proxy loses its address of the family: a connected socket's next datagram is refused" {
    local address
    other_family
    for address in null "\"proxy/$OTHER\""; do
        asked
        map_set km_backend '{"uid": 0}' "{\"address\": $address}"
        expect_told
        expect_asked_anew server1
        proxy_is proxy
    done
}

@test "DN-7 the proxy moves: what a connected socket sends to a server by name is refused, too" {
    asked
    proxy_is next
    flow client server2:53 --protocol udp --send sendto --socket q --end keep
    expect_errno EPERM send
    no_proxy
    flow client server2:53 --protocol udp --send sendto --socket q --end keep
    expect_errno EPERM send
}

@test "DN-7 the proxy moves and the pod is disabled: a connected socket's next datagram is refused" {
    asked
    manage client disable
    proxy_is next
    expect_told
}

@test "DN-7 the proxy's entry is written again, or comes back: a connected socket goes on" {
    asked
    proxy_is proxy
    go_on q client --protocol udp --end keep
    expect_answer server1:53
    proxy_is next
    expect_told
    proxy_is proxy
    go_on q client --protocol udp --end keep
    expect_answer server1:53
}

@test "DN-7 the proxy moves: a socket that is not connected asks the new one by its next call" {
    unconnected 5401 client server1:53 --socket u --end keep
    lab_changed
    expect_answer server1:53
    proxy_is next
    flow client server1:53 --protocol udp --send sendto --socket u --end keep
    expect_answer server1:53
    expect_arrived next:53 64
}

@test "DN-7 the proxy moves: a socket that is connected to another port goes on" {
    require_dns_programs
    keep q client server1:5353 --protocol udp
    expect_answer server1:5353
    proxy_is next
    go_on q client --protocol udp --end keep
    expect_answer server1:5353
}

# --- replies that are peeked at, or stay unread ---------------------------------------------------

# unread SERVER…: q, which is not connected, has asked all of them, and their replies wait unread in
# that order: the proxy answers one query after the other, and one of another socket came last.
unread() {
    local server
    require_dns_programs
    for server in "$@"; do
        flow client "$server:53" --protocol udp --send sendto --socket q --end keep --receive none
        expect_connected
    done
    connected client server1:53
    expect_answer server1:53
}

# reads LETTERS: of q, each made as its letter says: p is MSG_PEEK, r is recvfrom(), and n asks for no source.
reads() {
    go_on q client --protocol udp --bytes 0 --reads "$1" --receive $((64 * ${#1})) --end keep
    expect_connected
}

# expect_shown SERVER…: the sources that the last reads were shown.
expect_shown() {
    local all=("${@/%/:53}")
    expect_seen "the replies' sources" client_sources_name "${all[*]}"
}

@test "DN-8 one server: a peek and the read after it show the same source" {
    unread server1
    reads pr
    expect_shown server1 server1
}

@test "DN-8 two servers: a peek and the read after it show the same source" {
    unread server1 server2
    reads prpr
    expect_shown server1 server1 server2 server2
}

@test "DN-8 two servers: however often a reply is peeked at, it has one source, and so has the next" {
    unread server1 server2
    reads ppprppr
    expect_shown server1 server1 server1 server1 server2 server2 server2
}

@test "DN-8 two servers, and the replies come in the other order: peeks and reads show the same sources" {
    proxy_is swapper
    unconnected 5411 client server1:53 --also server2:53 --reads prpr --receive 256
    expect_answers server2:53 server2:53 server1:53 server1:53
}

@test "DN-8 a reply that is read without asking for its source shifts no other's" {
    unread server1 server2 names
    reads nrr
    expect_shown server2 names
}

@test "DN-8 a reply that is peeked at, and read without asking for its source, shifts no other's" {
    unread server1 server2 names
    reads pnprr
    expect_shown server1 server2 server2 names
}

@test "DN-8 replies that were read without asking for their sources: the next query's has its own" {
    unread server1 server2
    reads nn
    flow client server1:53 --protocol udp --send sendto --socket q --end keep
    expect_answer server1:53
    flow client server2:53 --protocol udp --send sendto --socket q --end keep
    expect_answer server2:53
}

@test "DN-8 replies that stay unread while the socket asks on keep their sources" {
    unread server1 server2
    reads r
    expect_shown server1
    unread names server1
    reads rprr
    expect_shown server2 names names server1
}

@test "DN-8 another's datagram that stays unread between two replies shifts nobody's source" {
    local port
    flow client server1:53 --protocol udp --send sendto --socket q --end keep --receive none
    observed client_local
    port=${output##*:}
    unread server2
    connected stranger "client:$port" --from-port 53 --receive none
    expect_connected
    connected stranger "client:$port" --from-port 5353 --receive none
    expect_connected
    unread names
    go_on q client --protocol udp --bytes 0 --reads prprprnr --receive 512
    expect_shown server1 server1 server2 server2 stranger stranger names
}

# --- IPv6 ----------------------------------------------------------------------------------------

# bats test_tags=no-v4,no-mapped
@test "DN-9 an IPv6 socket that is connected to a server asks the proxy, and sees the server" {
    connected client server1:53
    expect_backend proxy:53
    expect_seen "the reply's source" client_source '[fd00:200::53]:53'
}

# bats test_tags=no-v4,no-mapped
@test "DN-9 an IPv6 socket that names its server in the call asks the proxy, and sees the server" {
    unconnected 5421 client server1:53
    expect_arrived proxy:53 64
    unconnected 5422 client server1:53
    expect_seen "the reply's source" client_source '[fd00:200::53]:53'
}

# bats test_tags=no-v4,no-mapped
@test "DN-9 IPv6 servers that differ in one word each: every reply has the right source" {
    local servers=('[fd00:222::1]:53' '[fd00:222:0:1::1]:53' '[fd00:222::1:0:0:1]:53' '[fd00:333::1]:53')
    unconnected 5423 client "${servers[0]}" --also "${servers[1]}" --also "${servers[2]}" --also "${servers[3]}"
    expect_answers "${servers[@]}"
    expect_arrived proxy:53 256
}

# bats test_tags=no-v4,no-mapped
@test "DN-9 the proxy has an IPv4 address only: UDP of IPv6 sockets is untouched" {
    connected client server1:53
    expect_backend proxy:53
    map_set km_backend '{"uid": 0}' '{"address": "proxy/v4"}'
    connected client server1:53
    expect_untouched
    expect_answer server1:53
    unconnected 5424 client server1:53
    expect_answer server1:53
    expect_arrived server1:53 64
}

# --- sockets of one family -----------------------------------------------------------------------

# expect_own_sources PORT: client's socket there has asked nobody. What comes to it from port 53, of
# the proxy and of others, keeps its source, after other sockets of the pod have asked.
expect_own_sources() {
    local from
    require_dns_programs
    flow client server1:53 --protocol udp --send sendto
    expect_answer server1:53
    for from in proxy stranger; do
        connected "$from" "client:$1" --from-port 53 --receive none
        expect_connected
        expect_seen "the source that client's socket saw" listener_peer_name "$from:53"
    done
}

# bats test_tags=no-v6
@test "DN-5 an IPv4 socket that never asked: a datagram from port 53 keeps its own source" {
    expect_own_sources 9994
}

# bats test_tags=no-v4,no-mapped
@test "DN-5 an IPv6 socket that never asked: a datagram from port 53 keeps its own source" {
    expect_own_sources 9996
}

@test "DN-5 a dual-stack socket that never asked: a datagram from port 53 keeps its own source" {
    expect_own_sources 9999
}
