#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies over time: what is kept of a verdict, what a change does to connections, and what policies leave
# alone.

# $by_family belongs to one test, and a word sets it.
# shellcheck disable=SC2030,SC2031,SC2154

load lib/waypost
load lib/policy

setup_file() {
    lab_up no-policies
}

teardown_file() {
    lab_down
}

setup() {
    policies_setup
    by_family 10.1.2.3 fd00::1
    ALLOW='{"destination_ports": [8080]}'
    NOBODY='{"destination_ports": [9]}'
}

# --- words of this file --------------------------------------------------------------------------

# connections VERDICT PORT FIRST LAST: what opens a connection from each of those ports, in the table.
connections() {
    local from=$by_family line
    [[ $from != *:* ]] || from=[$from]
    printf -v line 'tcp syn from=%s:%%s to=:%s -> %s\n' "$from" "$2" "$1"
    # shellcheck disable=SC2059
    table+=$(printf "$line\n" $(seq "$3" "$4"))$'\n'
}

# again TARGET:PORT: a connection from the client's port 40100, reset at its end so that the port is free.
again() {
    flow client "$1" --from-port 40100 --end reset --receive none
    expect_backend "$1"
}

kept_out_again() {
    flow client "$1" --from-port 40100 --deadline 100
    expect_errno ETIMEDOUT connect
}

# --- what is kept --------------------------------------------------------------------------------

@test "XD-29 nothing is kept of a verdict, whichever it was" {
    allow 7 "$ALLOW"
    under server 7
    let_in "$by_family" 8080
    keep_out "$by_family" 8081
    judge server
    expect_kept_out server:8081
    under second 0
    expect_let_in second:8080
    expect_nothing_kept
}

# bats test_tags=no-mapped
@test "XD-29 verdicts are right after 100,001 tuples that no policy matched" {
    allow 7 "$NOBODY"
    under server 7
    connections drop 8080 1024 51024
    connections drop 8082 1024 51023
    judge server
    allow 7 "$ALLOW"
    let_in "$by_family" 8080
    keep_out "$by_family" 8081
    judge server
    expect_let_in server:8080
}

@test "XD-32 ALLOW becomes DENY and goes: the next connection on the 4-tuple obeys the policy of then" {
    allow 7 "$ALLOW"
    under server 7
    again server:8080
    deny 7 "$ALLOW"
    kept_out_again server:8080
    map_delete km_authz_policy '{"id": 7}'
    again server:8080
}

@test "XD-32 DENY becomes ALLOW, and the workload's slots are emptied: the same" {
    deny 7 "$ALLOW"
    under server 7
    kept_out_again server:8080
    allow 7 "$ALLOW"
    again server:8080
    allow 7 "$NOBODY"
    kept_out_again server:8080
    under server 0
    again server:8080
}

# bats test_tags=no-mapped
@test "XD-33 10,000 refused ports leave nothing lasting, and get through when the DENY is gone" {
    deny 7 "$ALLOW"
    under server 7
    connections drop 8080 20000 29999
    judge server
    map_dump km_auth_res
    expect_match "entries of refused connections" "[]*" "$output"
    connections drop 8080 30000 30099
    judge server
    map_delete km_authz_policy '{"id": 7}'
    connections pass 8080 20000 29999
    judge server
}

# bats test_tags=no-mapped
@test "XD-33 a SYN that was let in and never completed leaves nothing: its port is judged anew" {
    allow 7 "$ALLOW"
    under server 7
    connections pass 8080 20000 20099
    judge server
    deny 7 "$ALLOW"
    connections drop 8080 20000 20099
    judge server
}

# --- what is let alone ---------------------------------------------------------------------------

@test "XD-30 a pod under an ALLOW policy opens connections itself: handshake and data, to any port" {
    allow 7 "$NOBODY"
    under client 7
    under server 7
    flow client second:8080
    expect_backend second:8080
    expect_echo
    flow server second:8081
    expect_backend second:8081
    expect_echo
    flow server client:8080 --deadline 100
    expect_errno ETIMEDOUT connect
}

# bats test_tags=no-mapped
@test "XD-31 policies do not touch UDP, ICMP, ARP and neighbour discovery" {
    local from=$by_family
    [[ $from != *:* ]] || from=[$from]
    allow 7 "$NOBODY"
    under server 7
    expect_verdicts server xdp_authz "
        tcp syn from=$from:4000 to=:8053 -> drop
        udp from=$from:4000 to=:8053 -> pass
        icmp from=$by_family -> pass
        icmp from=$by_family type=135 -> pass
        icmp from=$by_family type=136 -> pass
        protocol=132 from=$by_family -> pass"
    [[ $WAYPOST_FAMILY == v6 ]] || expect_verdicts server xdp_authz 'arp from=10.201.0.2 -> pass'
    flow client server:8053 --protocol udp
    expect_received 64
    flow client server:8080 --deadline 100
    expect_errno ETIMEDOUT connect
}

# --- changes -------------------------------------------------------------------------------------

# switch N: the policy is replaced so often, by one that says the same in other words.
switch() {
    local i
    for ((i = 0; i < $1; i++)); do
        policy server set 'policies: [{name: p, action: ALLOW, rules: [{to: [{operation: {ports: [9, 8080]}}]}]}]'
        policy server set 'policies: [{name: p, action: ALLOW,
            rules: [{to: [{operation: {ports: [8080, 7], notPorts: [6]}}]}]}]'
    done
}

# bats test_tags=no-mapped
@test "XD-42 while a policy is replaced each packet gets the old or the new verdict, and no third" {
    switch 1
    connections pass 8080 1024 41023
    connections drop 8081 1024 41023
    "$WAYPOST" verdict "$LAB" server xdp_authz <<<"$table" >"$BATS_TEST_TMPDIR/verdicts" 2>&1 3>&- &
    switch 20
    wait $! || die "verdicts" "as those of either policy" "$(tail -n 3 "$BATS_TEST_TMPDIR/verdicts")"
}

@test "XD-42 while a policy is replaced a stream of new connections goes through" {
    allow_log "nobody reads km_auth_req"
    switch 1
    "$WAYPOST" flow "$LAB" client server:8080 --repeat 200 --bytes 0 --vars \
        >"$BATS_TEST_TMPDIR/flows" 2>&1 3>&- &
    switch 10
    wait $!
    expect_match "the connections" "*client_peers_name=server:8080=200*" "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/flows")"
    expect_kept_out server:8081
}

@test "XD-46 no error and no warning is logged for connections that are allowed or denied" {
    allow 7 "$ALLOW"
    under server 7
    refute_log warning
    expect_let_in server:8080
    expect_kept_out server:8081
    refute_log warning
}

@test "XD-47 a connection that was up before the first policy came goes on whole, or is reset" {
    keep held client server:8080
    expect_connected
    allow 7 "$NOBODY"
    under server 7
    expect_kept_out server:8080
    go_on held client --end keep --receive none
    observed listener_end listener_payload_bytes
    case $output in
        'open 128' | 'reset '*) ;;
        *) die "the connection" "128 bytes, or a reset" "$output" ;;
    esac
}

# bats test_tags=no-v6,no-mapped
@test "XD-48 authz_offload switched to 0 and back takes effect at the next packet" {
    deny 7 "$ALLOW"
    under server 7
    expect_kept_out server:8080
    setting authz_offload=0
    expect_let_in server:8080
    setting authz_offload=1
    expect_kept_out server:8080
}
