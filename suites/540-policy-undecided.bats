#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies with principals or namespaces: who a client is only user space knows. The kernel lets the
# connection pass undecided, unless another policy denies it for certain.

# $by_family belongs to one test, and a word sets it.
# shellcheck disable=SC2030,SC2031,SC2154

load lib/waypost
load lib/authorization
load lib/policy

setup_file() {
    lab_up no-policies
}

teardown_file() {
    lab_down
}

setup() {
    policies_setup
}

# --- words of this file --------------------------------------------------------------------------

readonly WHO='"principals": ["cluster.local/ns/x/sa/y"]'
readonly WHERE='"namespaces": ["x", "y*"]'
readonly NOT_WHO='"not_principals": ["*/sa/y"]'
readonly NOT_WHERE='"not_namespaces": ["x"]'

# undecided: the connection comes through, the kernel keeps nothing, and user space is asked once.
undecided() {
    forget_records km_auth_req
    expect_let_in server:8080
    expect_count km_auth_res 0
    records km_auth_req 1
}

# --- undecided -----------------------------------------------------------------------------------

@test "XD-37 ALLOW with principals or namespaces only: passes, nothing is kept, user space is asked" {
    local who
    under server 7
    for who in "$WHO" "$WHERE" "$NOT_WHO" "$NOT_WHERE"; do
        allow 7 "{$who}"
        undecided
    done
}

@test "XD-37 DENY with principals or namespaces only: passes, nothing is kept, user space is asked" {
    local who
    under server 7
    for who in "$WHO" "$WHERE" "$NOT_WHO" "$NOT_WHERE"; do
        deny 7 "{$who, \"destination_ports\": [8080]}"
        undecided
    done
}

@test "XD-37 user space's 1 for an undecided connection stops it, 0 or nothing lets it go on" {
    allow 7 "{$WHO}"
    under server 7
    held denied client server:8080
    answer "$CLIENT" "$SERVER" 1
    more denied client
    expect_bytes 64
    held allowed client server:8080
    answer "$CLIENT" "$SERVER" 0
    go_on allowed client
    expect_backend server:8080
    held silent client server:8080
    go_on silent client
    expect_backend server:8080
}

# bats test_tags=no-mapped
@test "XD-38 a match with principals whose port does not hit has not matched: others decide at once" {
    by_family 10.1.2.3 fd00::1
    allow 7 "{$WHO, \"destination_ports\": [9]}"
    under server 7
    keep_out "$by_family" 8080
    let_in "$by_family" 9
    judge server
    deny 8 "{$WHO, \"destination_ports\": [8080]}"
    under server 8 7
    keep_out "$by_family" 8080
    judge server
}

# bats test_tags=no-mapped
@test "XD-38 a match with principals whose address does not hit has not matched" {
    by_family 10.9.0.0/16 fd09::/16
    allow 7 "{$WHO, \"source_ips\": [\"$by_family\"]}"
    under server 7
    by_family 10.1.2.3 fd00::1
    keep_out "$by_family" 8080
    by_family 10.9.2.3 fd09::1
    let_in "$by_family" 8080
    judge server
}

@test "XD-38 a client whose port does not hit is kept out, and one whose port does passes" {
    allow 7 "{$WHO, \"destination_ports\": [8081]}"
    under server 7
    expect_kept_out server:8080
    expect_let_in server:8081
}

# bats test_tags=no-v6,no-mapped
@test "XD-39 definite beats undecided: a DENY by port drops at once although another policy has principals" {
    allow 7 "{$WHO}"
    deny 8 '{"destination_ports": [8080]}'
    under server 7 8
    expect_kept_out server:8080
    under server 8 7
    expect_kept_out server:8080
    expect_let_in server:8081
    deny 7 "{$WHO}"
    expect_kept_out server:8080
}

# bats test_tags=no-v6,no-mapped
@test "XD-39 an ALLOW by port does not decide alone while a DENY with principals is undecided" {
    allow 7 '{"destination_ports": [8080]}'
    deny 8 "{$WHO}"
    under server 7 8
    undecided
    held denied client server:8080
    answer "$CLIENT" "$SERVER" 1
    more denied client
    expect_bytes 64
    expect_kept_out server:8081
}

@test "XD-40 user space's 1 for a tuple that the kernel had passed: no byte more, and gone when it closes" {
    allow 7 '{"destination_ports": [8080]}'
    under server 7
    held denied client server:8080
    answer "$CLIENT" "$SERVER" 1
    more denied client
    expect_bytes 64
    expect_count km_auth_res 1
    go_on denied client --end reset --bytes 0 --receive none --deadline 100
    expect_bytes 64
}
