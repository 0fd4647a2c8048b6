# SPDX-License-Identifier: Apache-2.0
# Words of the suites about connections that user space decides about; `load lib/authorization` after lib/waypost.

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what words set is for the tests; output is the vocabulary's

# answer CLIENT SERVER 0|1: user space's answer about that connection, by its ends.
answer() {
    map_set km_auth_res "{\"client\": \"$1\", \"server\": \"$2\"}" "{\"deny\": $3}"
}

# held NAME POD TARGET:PORT: a connection that stays open; its ends are in $CLIENT and $SERVER.
held() {
    keep "$@"
    expect_connected
    observed listener_peer listener_local
    CLIENT=${output% *} SERVER=${output#* }
}

# more NAME POD [OPTION…]: 64 bytes more on it, which nobody waits for longer than 100 ms.
more() {
    go_on "$@" --end keep --receive none --deadline 100
}

# expect_bytes N: so many have reached the server, of those that were sent since the connection began.
expect_bytes() {
    expect_seen "bytes that reached the server" listener_payload_bytes "$1"
}
