#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the programs on a pod's own interface do with a connection that user space has decided about,
# and what they leave alone.

# $CLIENT and $SERVER belong to one test.
# shellcheck disable=SC2030,SC2031

load lib/waypost
load lib/authorization

setup_file() {
    lab_up authorization
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    require_program xdp_authz
    require_setting authz_offload
}

# --- words of this file --------------------------------------------------------------------------

# ends PORT POD PORT: in $CLIENT and $SERVER, those of a connection of `client` that is to come.
ends() {
    held probe client "$2:8080"
    go_on probe client
    CLIENT=${CLIENT%:*}:$1 SERVER=${SERVER%:*}:$3
}

# expect_answer CLIENT SERVER [VALUE]: what km_auth_res holds; nothing without VALUE.
expect_answer() {
    expect_map km_auth_res "{\"client\": \"$1\", \"server\": \"$2\"}" "${3:-}"
}

in_user_space() {
    setting authz_offload=0
}

# socat_from PORT OPTION: 8 bytes over a connection of its own, from that port.
socat_from() {
    local address=${SERVER%:*}
    exec_in client sh -c "echo 1234567 | socat -u - TCP:$address:8080,bind=:$1,reuseaddr,$2"
}

# send_frame [WORD]: an ACK from $CLIENT to $SERVER, put on the link of the pod `tagged` by its node.
send_frame() {
    waypost forge "$LAB" node tagged "tcp ack from=$CLIENT to=$SERVER $*"
}

# resets POD: how many the pod's kernel has sent, in $resets.
resets() {
    # shellcheck disable=SC2016 # for awk
    exec_ok "$1" awk '/^Tcp: [0-9]/ {print $15}' /proc/net/snmp
    resets=$output
}

# expect_resets POD N: a reset that nobody receives tells nobody. So it is looked for, and each look starts
# a process: a slow machine has as many turns before it is given up as a fast one.
expect_resets() {
    # shellcheck disable=SC2016 # for awk
    local resets
    local -i looks
    resets "$1"
    for ((looks = 0; looks < 200 && resets < $2; looks++)); do
        resets "$1"
    done
    expect_equal "resets that $1 has sent" "$2" "$resets"
}

# --- XD-1 ----------------------------------------------------------------------------------------

# reset_at_server POD: one connection is denied, another allowed, a third not spoken of.
reset_at_server() {
    local client server
    in_user_space
    held denied "$1" server:8080
    client=$CLIENT server=$SERVER
    held unknown "$1" server:8080
    held allowed "$1" server:8080
    answer "$client" "$server" 1
    answer "$CLIENT" "$SERVER" 0
    go_on denied "$1" --end keep --receive none
    expect_seen "how the connection ended at the server" listener_end reset
    expect_bytes 64
    expect_answer "$client" "$server"
    go_on unknown "$1"
    expect_backend server:8080
    go_on allowed "$1" --end keep --receive none
    expect_backend server:8080
    expect_answer "$CLIENT" "$SERVER" '{"deny":0}'
}

@test "XD-1 a denied connection is reset at the server and the entry consumed, others go on" {
    reset_at_server client
}

@test "XD-1 the same where the sender's interface leaves no checksums to others" {
    exec_ok plain ethtool -K eth0 tx off
    reset_at_server plain
}

# A server believes a reset only with the sequence number that it waits for.
@test "XD-1 the segment is not the one that the server waits for: the connection is reset all the same" {
    held denied client server:8080
    answer "$CLIENT" "$SERVER" 1
    more denied client
    expect_bytes 64
    in_user_space
    go_on denied client --end keep --receive none
    expect_seen "how the connection ended at the server" listener_end reset
    expect_bytes 64
    expect_answer "$CLIENT" "$SERVER"
}

@test "XD-1 an answer that is there before the connection: the client is reset" {
    ends 40001 server 8080
    in_user_space
    answer "$CLIENT" "$SERVER" 1
    flow client server:8080 --from-port 40001 --deadline 500
    expect_errno ECONNRESET
    expect_answer "$CLIENT" "$SERVER"
    flow client server:8080 --from-port 40001
    expect_backend server:8080
}

# --- XD-2 ----------------------------------------------------------------------------------------

@test "XD-2 a denied connection's segments are dropped and the entry stays, an allowed one's pass" {
    held denied client server:8080
    answer "$CLIENT" "$SERVER" 1
    more denied client
    expect_seen "how the connection stands at the server" listener_end open
    expect_bytes 64
    expect_answer "$CLIENT" "$SERVER" '{"deny":1}'
    held allowed client server:8080
    answer "$CLIENT" "$SERVER" 0
    go_on allowed client
    expect_backend server:8080
}

@test "XD-2 a connection that is denied before it begins does not begin, until it is allowed" {
    ends 40002 server 8080
    answer "$CLIENT" "$SERVER" 1
    flow client server:8080 --from-port 40002 --deadline 100
    expect_errno ETIMEDOUT connect
    expect_seen "the client was left waiting" client_deadline true
    answer "$CLIENT" "$SERVER" 0
    flow client server:8080 --from-port 40002
    expect_backend server:8080
}

@test "XD-2 a workload without a policy passes, another may have one" {
    map_set km_wlpolicy '{"uid": "client"}' '{"policies": [7, 0, 0, 0]}'
    flow client server:8080
    expect_backend server:8080
}

@test "XD-2 only the tuple's own direction counts" {
    held denied client server:8080
    answer "$SERVER" "$CLIENT" 1
    go_on denied client --end keep --receive none
    expect_bytes 128
    answer "$CLIENT" "$SERVER" 1
    more denied client
    expect_bytes 128
}

@test "XD-2 a pod that is not managed any more is let alone" {
    manage server disable
    held other client server:8080
    answer "$CLIENT" "$SERVER" 1
    go_on other client
    expect_backend server:8080
}

@test "XD-2 a pod that is managed later is looked after, too" {
    held denied client stranger:8080
    answer "$CLIENT" "$SERVER" 1
    go_on denied client --end keep --receive none
    expect_bytes 128
    manage stranger enable
    [[ $WAYPOST_FAMILY != v6 ]] || manage stranger enable --family v6
    more denied client
    expect_bytes 128
}

# --- XD-3 ----------------------------------------------------------------------------------------

# Each of these has an entry that a program would find which took it for a segment of that connection.

@test "XD-3 not TCP: datagrams pass, in fragments too" {
    ends 40003 server 8053
    answer "$CLIENT" "$SERVER" 1
    flow client server:8053 --protocol udp --from-port 40003
    expect_received 64
    flow client server:8053 --protocol udp --from-port 40003 --bytes 4000 --chunk 4000
    expect_received 4000
    ends 40003 server 8080
    answer "$CLIENT" "$SERVER" 1
    flow client server:8080 --from-port 40003 --deadline 100
    expect_errno ETIMEDOUT connect
}

# bats test_tags=no-v6
@test "XD-3 fragments: a denied connection's segments pass when they are cut, and only then" {
    exec_ok fragments sh -c 'echo 1 >/proc/sys/net/ipv4/ip_no_pmtu_disc'
    held denied fragments server:8080
    answer "$CLIENT" "$SERVER" 1
    exec_ok node ip route replace "${SERVER%:*}" dev p1 mtu lock 600
    go_on denied fragments --bytes 1000 --end keep --receive none
    expect_bytes 1064
    exec_ok node ip route replace "${SERVER%:*}" dev p1
    more denied fragments
    expect_bytes 1064
}

# bats test_tags=no-v6,no-mapped
@test "XD-3 IP options: a connection's segments pass that carry them, and not when it is denied" {
    ends 40004 server 8080
    socat_from 40004 ipoptions=x94040000
    expect_status 0
    taken server "$CLIENT"
    expect_bytes 8
    answer "$CLIENT" "$SERVER" 1
    socat_from 40004 ipoptions=x94040000,connect-timeout=0.1
    expect_status 1
    answer "$CLIENT" "$SERVER" 0
    socat_from 40004 ipoptions=x94040000
    expect_status 0
}

# Nobody listens there, and the pod says so: that an ACK has passed is seen by its answer. The tag is one
# of a priority, which the kernel takes off without having VLANs.
# bats test_tags=no-v6,no-mapped
@test "XD-3 a VLAN tag: a denied connection's segment passes that carries one, and no other" {
    local resets
    held probe client tagged:8080
    go_on probe client
    CLIENT=${CLIENT%:*}:40006 SERVER=${SERVER%:*}:8081
    resets tagged
    send_frame
    expect_resets tagged $((resets + 1))
    answer "$CLIENT" "$SERVER" 1
    send_frame
    send_frame vlan=0
    expect_resets tagged $((resets + 2))
    flow client tagged:8080
    expect_backend tagged:8080
    expect_resets tagged $((resets + 2))
}

# Where nobody listens every whole segment uses the entry up, a SYN too.
@test "XD-3 short: a header that is cut off is no segment, a whole one is" {
    local kind=IP4
    [[ $WAYPOST_FAMILY != v6 ]] || kind=IP6
    ends 40005 server 8081
    in_user_space
    answer "$CLIENT" "$SERVER" 1
    # The two ports; the two ports and 15 of the 16 bytes that a header has behind them.
    exec_ok client sh -c "printf '\\234\\105\\037\\221' | socat -u - $kind-SENDTO:${SERVER%:*}:6"
    exec_ok client sh -c "printf '\\234\\105\\037\\221aaaaaaaaaaaaaaa' | socat -u - $kind-SENDTO:${SERVER%:*}:6"
    flow client server:8080
    expect_backend server:8080
    expect_answer "$CLIENT" "$SERVER" '{"deny":1}'
    flow client server:8081 --from-port 40005 --deadline 100
    expect_errno ETIMEDOUT connect
    expect_answer "$CLIENT" "$SERVER"
}
