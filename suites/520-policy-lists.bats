#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies: lists of elements, matches, clauses and rules. Whatever stands in a list decides, wherever it
# stands: what is looked for is a program that stops too early.

# $by_family, $ports and the like belong to one test, and words set them.
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
}

# --- words of this file --------------------------------------------------------------------------

# sources LIST N: N addresses that differ in list and place, quoted, in $sources.
sources() {
    local i
    sources=
    for ((i = 1; i <= $2; i++)); do
        source_of "$1" "$i"
        sources+=", \"$source_of\""
    done
    sources=${sources#, }
}

source_of() {
    source_of=10.$1.0.$2
    [[ $WAYPOST_FAMILY != v6 ]] || source_of=fd00:$1::$2
}

# port_rules N [FIELDS]: rules for the ports 1001 to 1000 + N, one each, in $port_rules.
port_rules() {
    local i
    port_rules=
    for ((i = 1; i <= $1; i++)); do
        port_rules+=",{\"clauses\": [{\"matches\": [{\"destination_ports\": [$((1000 + i))]}]}]}"
    done
    port_rules=${port_rules#,}
}

# each_source LISTED OTHER KIND: lists of 2, 4, 5 and 16, one after the other; every address of the list has
# the verdict of the word LISTED, and three that are not in it have the other one.
each_source() {
    local n i
    for n in 2 4 5 16; do
        sources "$n" "$n"
        allow 7 "{\"$3\": [$sources]}"
        for ((i = 1; i <= n; i++)); do
            source_of "$n" "$i"
            "$1" "$source_of" 8080
        done
        for i in 0 $((n + 1)) 99; do
            source_of "$n" "$i"
            "$2" "$source_of" 8080
        done
        judge server
    done
}

# each_port: the same for lists of ports, from 1000 times their size.
each_port() {
    local n port
    for n in 2 4 5 16 100; do
        ports $((1000 + n)) $((999 + 2 * n))
        allow 7 "{\"destination_ports\": [$ports]}"
        for ((port = 1000 + n; port < 1000 + 2 * n; port++)); do
            let_in "$by_family" "$port"
        done
        keep_out "$by_family" $((999 + n))
        keep_out "$by_family" $((1000 + 2 * n))
        judge server
    done
}

# --- elements ------------------------------------------------------------------------------------

# bats test_tags=no-mapped
@test "XD-13 a list of 2, 4, 5 and 16 source addresses: any of them matches, wherever it stands" {
    under server 7
    each_source let_in keep_out source_ips
}

# bats test_tags=no-mapped
@test "XD-13 a list of 2, 4, 5 and 16 not-addresses: none of them matches, wherever it stands" {
    under server 7
    each_source keep_out let_in not_source_ips
}

# bats test_tags=no-mapped
@test "XD-13 a list of 16 destination addresses with the pod's own in the last place" {
    local own
    by_family 10.201.85.102 fd00:c9:5a5a:a5a5:3c3c:c3c3:5566:aa99
    own=$by_family
    sources 1 15
    allow 7 "{\"destination_ips\": [$sources, \"$own\"]}"
    under server 7
    by_family 10.1.2.3 fd00::1
    let_in "$by_family" 8080
    judge server
    allow 7 "{\"destination_ips\": [$sources]}"
    keep_out "$by_family" 8080
    judge server
}

@test "XD-13 the client's address in the fifth place lets it in" {
    sources 9 4
    by_family 10.201.0.2 fd00:c9::2
    allow 7 "{\"source_ips\": [$sources, \"$by_family\"]}"
    under server 7
    expect_let_in server:8080
    allow 7 "{\"source_ips\": [$sources]}"
    expect_kept_out server:8080
}

# bats test_tags=no-mapped
@test "XD-16 a list of 2, 4, 5, 16 and 100 ports: any of them matches, wherever it stands" {
    by_family 10.1.2.3 fd00::1
    under server 7
    each_port
}

# bats test_tags=no-v6,no-mapped
@test "XD-16 400 ports fit in a list, and the last of them matches" {
    ports 2000 2399
    allow 7 "{\"destination_ports\": [$ports]}"
    under server 7
    let_in 10.1.2.3 2399
    keep_out 10.1.2.3 2400
    judge server
}

# bats test_tags=no-mapped
@test "XD-16 not-ports alone, and together with ports" {
    by_family 10.1.2.3 fd00::1
    ports 1000 1015
    allow 7 "{\"not_destination_ports\": [$ports]}"
    allow 8 '{"destination_ports": [1003, 1004], "not_destination_ports": [9, 1004]}'
    under server 7
    under second 8
    let_in "$by_family" 999
    keep_out "$by_family" 1000
    keep_out "$by_family" 1015
    let_in "$by_family" 1016
    judge server
    let_in "$by_family" 1003
    keep_out "$by_family" 1004
    keep_out "$by_family" 9
    judge second
}

@test "XD-16 the fifth port of a list is reached, a not-port is not" {
    allow 7 '{"destination_ports": [1, 2, 3, 4, 8080, 8081], "not_destination_ports": [9, 8081]}'
    under server 7
    expect_let_in server:8080
    expect_kept_out server:8081
}

# bats test_tags=no-v6,no-mapped
@test "XD-17 a port value over 65535 matches no port" {
    allow 7 '{"destination_ports": [66536, 2147484648, 4294902760, 1001]}'
    under server 7
    keep_out 10.1.2.3 1000
    let_in 10.1.2.3 1001
    judge server
}

# bats test_tags=no-v6,no-mapped
@test "XD-17 a port value over 65535 as a not-port excepts nobody" {
    allow 7 '{"not_destination_ports": [66536, 4294902760]}'
    under server 7
    let_in 10.1.2.3 1000
    judge server
}

# --- rules, clauses, matches ---------------------------------------------------------------------

# bats test_tags=no-mapped
@test "XD-18 of sixteen rules each decides as the first does, in an ALLOW and in a DENY" {
    local i
    by_family 10.1.2.3 fd00::1
    port_rules 16
    policy_rules ALLOW 7 "[$port_rules]"
    policy_rules DENY 8 "[$port_rules]"
    under server 7
    under second 8
    for ((i = 1; i <= 16; i++)); do
        let_in "$by_family" $((1000 + i))
    done
    keep_out "$by_family" 1017
    judge server
    for ((i = 1; i <= 16; i++)); do
        keep_out "$by_family" $((1000 + i))
    done
    let_in "$by_family" 1017
    judge second
}

# bats test_tags=no-mapped
@test "XD-18 the second of two rules decides, and the fourth of four, and the fifth of five" {
    local n
    by_family 10.1.2.3 fd00::1
    for n in 2 4 5; do
        port_rules "$n"
        policy_rules ALLOW 7 "[$port_rules]"
        under server 7
        let_in "$by_family" $((1000 + n))
        keep_out "$by_family" $((1001 + n))
        judge server
    done
}

@test "XD-18 the fifth rule lets a client in" {
    port_rules 4
    policy_rules ALLOW 7 "[$port_rules, {\"clauses\": [{\"matches\": [{\"destination_ports\": [8080]}]}]}]"
    under server 7
    expect_let_in server:8080
    expect_kept_out server:8081
}

# bats test_tags=no-mapped
@test "XD-19 matches of one clause are OR-ed: each of five decides" {
    local i list=''
    by_family 10.1.2.3 fd00::1
    for i in 1 2 3 4 5; do
        list+=",{\"destination_ports\": [$((1000 + i))]}"
        let_in "$by_family" $((1000 + i))
    done
    policy_rules ALLOW 7 "[{\"clauses\": [{\"matches\": [${list#,}]}]}]"
    under server 7
    keep_out "$by_family" 1000
    keep_out "$by_family" 1006
    judge server
}

# bats test_tags=no-mapped
@test "XD-19 clauses of one rule are AND-ed: each of five that misses keeps out" {
    local i list=''
    by_family 10.1.2.3 fd00::1
    for i in 1 2 3 4 5; do
        list+=",{\"matches\": [{\"not_destination_ports\": [$((1000 + i))]}]}"
        keep_out "$by_family" $((1000 + i))
    done
    policy_rules ALLOW 7 "[{\"clauses\": [${list#,}]}]"
    under server 7
    let_in "$by_family" 1000
    let_in "$by_family" 1006
    judge server
}

# --- what counts promise -------------------------------------------------------------------------

# bats test_tags=no-v6,no-mapped
@test "XD-20 a count of 256 or 2^32 over 200 rules is not cut: rules 1 and 200 still decide" {
    local count
    port_rules 200
    under server 7
    for count in 200 256 4294967296 4294967297; do
        policy_rules ALLOW 7 "[$port_rules]" "\"name\": \"p\", \"rules_count\": $count"
        let_in 10.1.2.3 1001
        let_in 10.1.2.3 1200
        keep_out 10.1.2.3 1000
        keep_out 10.1.2.3 1201
        judge server
    done
}

# bats test_tags=no-v6,no-mapped
@test "XD-21 a rule without clauses matches, a clause without matches too" {
    policy_rules ALLOW 7 '[{"clauses": []}]'
    policy_rules ALLOW 8 '[{"clauses": [{"matches": []}]}]'
    under server 7
    under second 8
    let_in 10.1.2.3 1000
    judge server
    let_in 10.1.2.3 1000
    judge second
}

# bats test_tags=no-v6,no-mapped
@test "XD-21 a clause of only empty matches does not match, an empty match beside another changes nothing" {
    policy_rules ALLOW 7 '[{"clauses": [{"matches": [{}, {}]}]}]'
    policy_rules ALLOW 8 '[{"clauses": [{"matches": [{}, {"destination_ports": [1000]}, {}]}]}]'
    under server 7
    under second 8
    keep_out 10.1.2.3 1000
    judge server
    let_in 10.1.2.3 1000
    keep_out 10.1.2.3 1001
    judge second
}
