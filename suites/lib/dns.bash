# SPDX-License-Identifier: Apache-2.0
# Words of the suites about name servers; `load lib/dns` after lib/waypost.

# shellcheck shell=bash

# require_dns_programs: those of this run's sockets. Datapaths of before leave UDP over IPv6 alone.
require_dns_programs() {
    if [[ $WAYPOST_FAMILY == v6 ]]; then
        require_program bpf_redirect_dns_send6 bpf_restore_dns_recv6
    else
        require_program bpf_redirect_dns_send bpf_restore_dns_recv
    fi
}

# proxy_is POD: from now on, until the test's end.
proxy_is() {
    map_set km_backend '{"uid": 0}' "{\"address\": \"$1\"}"
}

# no_proxy: as where there is none.
no_proxy() {
    map_delete km_backend '{"uid": 0}'
}

# connected POD SERVER:PORT [OPTION…]: a query through a connected socket.
connected() {
    [[ $WAYPOST_FAMILY != v6 ]] || require_dns_programs
    flow "$@" --protocol udp
}

# unconnected PORT POD SERVER:PORT [OPTION…]: one that names its server in every call. It comes from
# that port, which decides what the datagrams hold, the bytes in the place of the DNS id among them.
unconnected() {
    require_dns_programs
    FROM=$2:$1
    flow "${@:2}" --protocol udp --send sendto --from-port "$1"
}

# expect_answer SERVER:PORT: an echo of what was sent, from there as the client sees it.
expect_answer() {
    expect_connected
    expect_echo
    expect_seen "the reply's source" client_source_name "$1"
}

# expect_answers SERVER:PORT…: an answer to each of several datagrams, in that order, each from the
# server that it is the answer of.
expect_answers() {
    expect_connected
    expect_seen "which datagrams were answered, in order" client_answered_name "$*"
    expect_seen "the replies' sources" client_sources_name "$*"
}

# expect_arrived POD:PORT BYTES: all datagrams of the last unconnected client, and nothing else.
expect_arrived() {
    taken "${1%:*}" "$FROM" --open
    expect_seen "where the datagrams arrived" listener_local_name "$1"
    expect_seen "bytes that arrived" listener_payload_bytes "$2"
    expect_seen "first wrong byte" listener_payload_wrong_at ""
}
