#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Name servers: what a managed pod asks goes to the proxy (backend uid 0), and the replies look as if
# the server that was asked had sent them. Over IPv6 this is DN-9.

load lib/waypost
load lib/dns

setup_file() {
    lab_up dns
    name_servers_up
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    # Programs from before there were these let name servers be.
    require_object bpf_redirect_dns_send
}

# name_servers_up: a name server in the pod `resolver`; in `forwarder`, which is managed, one that asks
# server1 by unconnected sockets and takes a reply from nobody else. They end with their pods.
name_servers_up() {
    mkdir "$BATS_FILE_TMPDIR/etc"
    printf 'hosts: dns\n' >"$BATS_FILE_TMPDIR/etc/nsswitch.conf"
    dnsmasq_in resolver --local=/test/ --host-record=www.example.test,192.0.2.53
    local server=10.200.0.53
    [[ $WAYPOST_FAMILY != v6 ]] || server=fd00:200::53
    dnsmasq_in forwarder --cache-size=0 --server="$server"
}

# dnsmasq_in POD OPTION…: it goes into the background when its sockets are bound.
dnsmasq_in() {
    exec_ok "$1" dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --user=root \
        --pid-file="$BATS_FILE_TMPDIR/$1.pid" "${@:2}"
}

# look_up POD SERVER [OPTION…]: www.example.test, by the C library of a program in the pod, with a
# resolv.conf that names that server. Its sockets are connected. The library gives up after 30 s of the
# clock, its most, so that our own limit decides, which heeds how busy the machine is.
look_up() {
    # Over TCP the library waits for ever for a server that is none.
    # shellcheck disable=SC2034 # exec_in goes by it
    local WAYPOST_EXEC_LIMIT=5
    printf 'nameserver %s\noptions timeout:30 attempts:1 %s\n' "$2" "${*:3}" \
        >"$BATS_FILE_TMPDIR/etc/resolv.conf"
    # shellcheck disable=SC2016
    exec_in "$1" unshare --mount sh -c 'mount --bind "$0" /etc && exec getent ahosts www.example.test' \
        "$BATS_FILE_TMPDIR/etc"
}

# expect_found: the address that only the resolver knows.
expect_found() {
    expect_status 0
    expect_equal "the address" 192.0.2.53 "${output%% *}"
}

# expect_sources ASKED=SOURCE…: of the last flow's replies, those of other ports first.
expect_sources() {
    local answered sources first=() last=()
    local -i i
    observed client_answered_name
    read -ra answered <<<"$output"
    observed client_sources_name
    read -ra sources <<<"$output"
    for ((i = 0; i < ${#sources[@]}; i++)); do
        case ${answered[i]} in
            *:53) last+=("${answered[i]}=${sources[i]}") ;;
            *) first+=("${answered[i]}=${sources[i]}") ;;
        esac
    done
    expect_equal "the sources, by datagram" "$*" "${first[*]} ${last[*]}"
}

@test "DN-1 a query through a connected socket arrives at the proxy, port 53" {
    connected client server1:53
    expect_backend proxy:53
}

@test "DN-1 a query that names its server in the call arrives at the proxy, port 53" {
    unconnected 5301 client server1:53
    expect_answer server1:53
    expect_arrived proxy:53 64
}

@test "DN-1 a query to a service's address, or to nobody's, arrives at the proxy" {
    connected client names:53
    expect_backend proxy:53
    local nobody=10.222.0.1:53 shown=10.222.0.1:53
    [[ $WAYPOST_FAMILY != mapped ]] || nobody='[::ffff:10.222.0.1]:53'
    [[ $WAYPOST_FAMILY != v6 ]] || nobody='[fd00:222::1]:53' shown='[fd00:222::1]:53'
    connected client "$nobody"
    expect_backend proxy:53
    expect_answer "$shown"
}

@test "DN-1 a query of a pod whose destination has a waypoint arrives at the proxy" {
    connected client server2:53
    expect_backend proxy:53
    unconnected 5302 client server2:53
    expect_answer server2:53
    expect_arrived proxy:53 64
}

@test "DN-1 a query to the proxy itself arrives there" {
    connected client proxy:53
    expect_backend proxy:53
    expect_answer proxy:53
    unconnected 5303 client proxy:53
    expect_answer proxy:53
    expect_arrived proxy:53 64
}

@test "DN-1 UDP to other ports is untouched" {
    local port
    connected client server1:53
    expect_backend proxy:53
    for port in 54 5353 13568; do
        connected client server1:$port
        expect_untouched
        expect_backend server1:$port
        unconnected 5304 client server1:$port
        expect_answer server1:$port
        expect_arrived server1:$port 64
    done
}

@test "DN-1 the proxy's address is looked up at each connect and each send" {
    connected client server1:53
    expect_backend proxy:53
    proxy_is swapper
    unconnected 5305 client server1:53 --also server1:53
    expect_answers server1:53 server1:53
    expect_arrived swapper:53 128
}

@test "DN-2 a reply to a connected socket comes from the server that was asked" {
    connected client server1:53
    expect_backend proxy:53
    expect_answer server1:53
}

@test "DN-2 a reply to an unconnected socket comes from the server that was asked" {
    unconnected 5306 client server1:53
    expect_answer server1:53
    expect_arrived proxy:53 64
}

@test "DN-2 many queries to one server: every reply comes from it" {
    connected client server1:53 --bytes 4000 --chunk 50
    expect_backend proxy:53
    expect_answer server1:53
    unconnected 5307 client server1:53 --bytes 4000 --chunk 50
    expect_answer server1:53
    expect_arrived proxy:53 4000
}

@test "DN-2 datagrams that are too short for DNS: the same" {
    connected client server1:53 --bytes 1
    expect_backend proxy:53
    expect_answer server1:53
    unconnected 5308 client server1:53 --bytes 1
    expect_answer server1:53
}

@test "DN-2 a pod that is disabled in between gets the replies as before" {
    require_dns_programs
    keep query client server1:53 --protocol udp
    expect_answer server1:53
    manage client disable
    go_on query client --protocol udp
    expect_connected
    expect_seen "the reply's source" client_source_name server1:53
    connected client server1:53
    expect_untouched
}

# bats test_tags=no-mapped
@test "DN-2 the C library finds a name, whichever server it is told" {
    local server=10.200.0.53 nobody=10.222.0.1
    [[ $WAYPOST_FAMILY != v6 ]] || server=fd00:200::53 nobody=fd00:222::1
    require_dns_programs
    proxy_is resolver
    look_up client "$server"
    expect_found
    look_up client "$nobody"
    expect_found
    look_up stranger "$nobody" timeout:2
    expect_status 2
}

# bats test_tags=no-mapped
@test "DN-2 a forwarding server, whose queries are unconnected, takes the replies" {
    local forwarder=10.200.0.54
    [[ $WAYPOST_FAMILY != v6 ]] || forwarder=fd00:200::54
    require_dns_programs
    proxy_is resolver
    look_up stranger "$forwarder"
    expect_found
}

@test "DN-3 TCP to port 53 goes to the proxy, without a TLV" {
    flow client server1:53
    expect_backend proxy:53
    flow client names:53
    expect_backend proxy:53
}

@test "DN-3 TCP to port 53 of a pod with a waypoint goes to the proxy, other ports to the waypoint" {
    flow client server2:53
    expect_backend proxy:53
    flow client server2:54
    expect_waypoint waypoint:15008 server2:54
}

@test "DN-3 TCP to other ports is no DNS" {
    flow client server1:53
    expect_backend proxy:53
    flow client server1:8080
    expect_untouched
    expect_backend server1:8080
    flow client names:80
    expect_backend server1:8080
}

@test "DN-3 one socket: first to the proxy, then elsewhere" {
    flow client server1:53 --socket a --end keep --receive none
    expect_connected
    expect_seen "the client's peer" client_peer_name proxy:53
    flow client server2:54 --socket a --disconnect
    expect_waypoint waypoint:15008 server2:54
}

# bats test_tags=no-mapped
@test "DN-3 the C library finds a name over TCP" {
    local server=10.200.0.53
    [[ $WAYPOST_FAMILY != v6 ]] || server=fd00:200::53
    proxy_is resolver
    look_up client "$server" use-vc
    expect_found
}

@test "DN-4 no proxy: TCP is untouched, or goes where its service leads" {
    flow client server1:53
    expect_backend proxy:53
    no_proxy
    flow client server1:53
    expect_untouched
    expect_backend server1:53
    flow client names:53
    expect_backend server1:53
}

@test "DN-4 no proxy: UDP is untouched" {
    connected client server1:53
    expect_backend proxy:53
    no_proxy
    connected client server1:53
    expect_untouched
    expect_backend server1:53
    expect_answer server1:53
    unconnected 5309 client server1:53
    expect_answer server1:53
    expect_arrived server1:53 64
}

@test "DN-4 a proxy without an address, or with one of the other family only: untouched" {
    local address
    other_family
    connected client server1:53
    expect_backend proxy:53
    for address in null "\"proxy/$OTHER\""; do
        map_set km_backend '{"uid": 0}' "{\"address\": $address}"
        connected client server1:53
        expect_untouched
        expect_backend server1:53
        unconnected 5310 client server1:53
        expect_answer server1:53
        flow client server1:53
        expect_untouched
        expect_backend server1:53
    done
}

@test "DN-4 TCP of a pod that is not managed is untouched" {
    flow client server1:53
    expect_backend proxy:53
    flow stranger server1:53
    expect_untouched
    expect_backend server1:53
}

@test "DN-4 UDP of a pod that is not managed is untouched" {
    connected client server1:53
    expect_backend proxy:53
    connected stranger server1:53
    expect_untouched
    expect_backend server1:53
    unconnected 5311 stranger server1:53
    expect_answer server1:53
    expect_arrived server1:53 64
}

@test "DN-5 one socket asks two servers: each reply has the right source" {
    unconnected 5312 client server1:53 --also server2:53
    expect_answers server1:53 server2:53
    expect_arrived proxy:53 128
}

@test "DN-5 two servers, and the replies come in the other order" {
    proxy_is swapper
    unconnected 5313 client server1:53 --also server2:53
    expect_answers server2:53 server1:53
    expect_arrived swapper:53 128
}

@test "DN-5 four servers, a service and the proxy among them, in pairs that are exchanged" {
    proxy_is swapper
    unconnected 5314 client server1:53 --also server2:53 --also names:53 --also swapper:53
    expect_answers server2:53 server1:53 swapper:53 names:53
    expect_arrived swapper:53 256
}

@test "DN-5 one socket asks two name servers and another port: that reply keeps its source" {
    proxy_is swapper
    unconnected 5315 client server1:53 --also server1:5353 --also server2:53 --receive 192
    expect_connected
    expect_sources server1:5353=server1:5353 server2:53=server2:53 server1:53=server1:53
}

@test "DN-5 a kept socket asks one server after the other, and the first again" {
    local server
    require_dns_programs
    lab_changed
    for server in server1 server2 server1 names; do
        flow client "$server:53" --protocol udp --send sendto --socket q --end keep
        expect_answer "$server:53"
    done
}

@test "DN-5 a datagram from port 53 to a socket that never asked keeps its own source" {
    unconnected 5321 client server1:53
    expect_answer server1:53
    connected proxy client:9999 --from-port 53 --receive none
    expect_connected
    expect_seen "the source that client's socket saw" listener_peer_name proxy:53
    connected stranger client:9999 --from-port 53 --receive none
    expect_connected
    expect_seen "the source that client's socket saw" listener_peer_name stranger:53
}

@test "DN-5 a socket that asked another port of the proxy, too: that reply keeps its source" {
    unconnected 5316 client server1:53 --also proxy:5353
    expect_connected
    expect_sources proxy:5353=proxy:5353 server1:53=server1:53
}

@test "DN-5 a datagram from port 53 of somebody else to a socket that asked keeps its own source" {
    unconnected 5320 client server1:53 --socket q --end keep
    lab_changed
    expect_answer server1:53
    connected stranger client:5320 --from-port 53 --receive none
    expect_connected
    go_on q client --protocol udp --bytes 0 --receive 64
    expect_connected
    expect_seen "the source" client_source_name stranger:53
}

@test "DN-5 a pod that is disabled asks the proxy by the socket that asked a server before" {
    require_dns_programs
    keep q client server1:53 --protocol udp
    expect_answer server1:53
    manage client disable
    flow client proxy:53 --protocol udp --socket q --end keep
    expect_untouched
    expect_answer proxy:53
}

@test "DN-5 a socket that is connected elsewhere has forgotten whom it asked" {
    require_dns_programs
    keep q client server1:53 --protocol udp
    expect_answer server1:53
    flow client proxy:5353 --protocol udp --socket q --end keep
    expect_untouched
    expect_answer proxy:5353
    flow client server2:53 --protocol udp --socket q --end keep
    expect_seen "the client's peer" client_peer_name proxy:53
    expect_answer server2:53
}

@test "DN-5 a socket that is disconnected asks others by its next calls, the proxy too" {
    require_dns_programs
    keep q client server1:53 --protocol udp
    expect_answer server1:53
    flow client proxy:53 --protocol udp --send sendto --socket q --disconnect --end keep
    expect_answer proxy:53
    flow client server2:53 --protocol udp --send sendto --socket q --disconnect --end keep
    expect_answer server2:53
    flow client server1:53 --protocol udp --send sendto --socket q --end keep
    expect_answer server1:53
}

# bats test_tags=no-v4,no-v6
@test "DN-6 an IPv4-mapped socket is connected to the proxy in mapped form, and sees its server so" {
    connected client server1:53
    expect_backend proxy:53
    expect_seen_like "the client's peer" client_peer '\[::ffff:10.128.*]:53'
    expect_seen "the reply's source" client_source '[::ffff:10.200.0.53]:53'
}

# bats test_tags=no-v4,no-v6
@test "DN-6 an IPv4-mapped socket that names its server in the call: the same" {
    unconnected 5317 client server1:53
    expect_arrived proxy:53 64
    unconnected 5318 client server1:53
    expect_seen "the reply's source" client_source '[::ffff:10.200.0.53]:53'
}

# bats test_tags=no-v4,no-v6
@test "DN-6 an IPv4-mapped socket asks two servers, and the replies come in the other order" {
    proxy_is swapper
    unconnected 5319 client server1:53 --also server2:53
    expect_answers server2:53 server1:53
    expect_arrived swapper:53 128
}

# bats test_tags=no-v4,no-v6
@test "DN-6 the C library finds a name by an IPv4-mapped server" {
    proxy_is resolver
    look_up client ::ffff:10.200.0.53
    expect_found
}

# bats test_tags=no-v4,no-v6
@test "DN-6 TCP of an IPv4-mapped socket goes to the proxy in mapped form" {
    flow client server1:53
    expect_backend proxy:53
    expect_seen_like "the client's peer" client_peer '\[::ffff:10.128.*]:53'
}
