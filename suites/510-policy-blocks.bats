#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies: blocks of addresses. A table has one rule for each prefix, which is told from the others by its
# port: 1000 and the prefix length.

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
}

# --- words of this file --------------------------------------------------------------------------

# ac 15 cd 6e: every byte has ones and zeroes.
readonly BASE4=$((0xac15cd6e))
readonly BASE6=(0x20010db8 0xac15cd6e 0x5a5aa5a5 0xc33c3cc3)

# dotted NUMBER: in $dotted.
dotted() {
    printf -v dotted '%d.%d.%d.%d' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255))
}

# colons WORD WORD WORD WORD: an IPv6 address, in $colons.
colons() {
    printf -v colons '%x:%x:%x:%x:%x:%x:%x:%x' $(($1 >> 16)) $(($1 & 0xffff)) $(($2 >> 16)) $(($2 & 0xffff)) \
        $(($3 >> 16)) $(($3 & 0xffff)) $(($4 >> 16)) $(($4 & 0xffff))
}

# masks PREFIX: the bits of each of the four words that it covers, in $masks.
masks() {
    local word bits
    masks=()
    for word in 0 1 2 3; do
        bits=$(($1 - 32 * word))
        bits=$((bits < 0 ? 0 : bits > 32 ? 32 : bits))
        masks+=($((0xffffffff00000000 >> bits & 0xffffffff)))
    done
}

# edges4 PREFIX: first and last address of the block around $BASE4, in $first and $last.
edges4() {
    local masks
    masks "$1"
    first=$((BASE4 & masks[0])) last=$((BASE4 | ~masks[0] & 0xffffffff))
}

# around4 PREFIX PORT…: the table's lines about that block.
around4() {
    local first last dotted
    edges4 "$1"
    dotted "$first" && let_in "$dotted" "$2"
    dotted "$last" && let_in "$dotted" "$2"
    [[ $first == 0 ]] || { dotted $((first - 1)) && keep_out "$dotted" "$2"; }
    [[ $last == 4294967295 ]] || { dotted $((last + 1)) && keep_out "$dotted" "$2"; }
}

# step WORDS… BY: the address before (-1) or behind (1), in $stepped; false when there is none.
step() {
    local -a words=("${@:1:4}")
    local i
    stepped=("${words[@]}")
    for i in 3 2 1 0; do
        stepped[i]=$((words[i] + $5 & 0xffffffff))
        (($5 < 0 ? words[i] == 0 : words[i] == 0xffffffff)) || return 0
    done
    return 1
}

around6() {
    local i colons masks stepped
    local -a first=() last=()
    masks "$1"
    for i in 0 1 2 3; do
        first+=($((BASE6[i] & masks[i])))
        last+=($((BASE6[i] | ~masks[i] & 0xffffffff)))
    done
    colons "${first[@]}" && let_in "$colons" "$2"
    colons "${last[@]}" && let_in "$colons" "$2"
    ! step "${first[@]}" -1 || { colons "${stepped[@]}" && keep_out "$colons" "$2"; }
    ! step "${last[@]}" 1 || { colons "${stepped[@]}" && keep_out "$colons" "$2"; }
}

# flipped PREFIX: the test's address of the server with the prefix's last bit turned round, in $flipped.
flipped() {
    local dotted colons
    local -a words=(0xfd0000c9 0x5a5aa5a5 0x3c3cc3c3 0x5566aa99)
    if [[ $WAYPOST_FAMILY != v6 ]]; then
        dotted $((0x0ac95566 ^ 1 << 32 - $1))
        flipped=$dotted
        return
    fi
    words[($1 - 1) / 32]=$((words[($1 - 1) / 32] ^ 1 << 31 - ($1 - 1) % 32))
    colons "${words[@]}"
    flipped=$colons
}

# block KIND BLOCK PORT: a match, added to the array `matches`.
block() {
    matches+=("{\"$1\": [\"$2\"], \"destination_ports\": [$3]}")
}

# --- prefixes ------------------------------------------------------------------------------------

# bats test_tags=no-v6,no-mapped
@test "XD-7 source blocks: every prefix of IPv4, first and last address in, neighbours out" {
    local -a matches=()
    local prefix first last dotted
    for ((prefix = 0; prefix <= 32; prefix++)); do
        edges4 "$prefix"
        dotted "$first"
        block source_ips "$dotted/$prefix" $((1000 + prefix))
        around4 "$prefix" $((1000 + prefix))
    done
    allow 7 "${matches[@]}"
    under server 7
    judge server
}

# bats test_tags=no-v6,no-mapped
@test "XD-7 source blocks: host bits in the block are ignored, at every prefix" {
    local -a matches=()
    local prefix dotted
    dotted "$BASE4"
    local base=$dotted
    for ((prefix = 0; prefix <= 32; prefix++)); do
        block source_ips "$base/$prefix" $((1000 + prefix))
        around4 "$prefix" $((1000 + prefix))
    done
    allow 7 "${matches[@]}"
    under server 7
    judge server
}

# bats test_tags=no-v6,no-mapped
@test "XD-7 source blocks: a prefix over 32 never matches, as a not-block it excepts nobody" {
    local prefix list=''
    for prefix in 33 64 128 255 256 4294967295; do
        list+=",{\"source_ips\": [{\"bytes\": \"0a010203\", \"prefix\": $prefix}]}"
    done
    policy_rules ALLOW 7 "[{\"clauses\": [{\"matches\": [${list#,}]}]},
        {\"clauses\": [{\"matches\": [{\"not_source_ips\": [{\"bytes\": \"0a010203\", \"prefix\": 33}],
        \"destination_ports\": [1000]}]}]}]"
    under server 7
    keep_out 10.1.2.3 999
    let_in 10.1.2.3 1000
    judge server
}

@test "XD-7 XD-8 source blocks: a client's own block lets it in, its neighbour's does not" {
    by_family 10.201.0.2/32 fd00:c9::2/128
    allow 7 "{\"source_ips\": [\"$by_family\"]}"
    under server 7
    expect_let_in server:8080
    by_family 10.201.0.3/32 fd00:c9::3/128
    allow 7 "{\"source_ips\": [\"$by_family\"]}"
    expect_kept_out server:8080
}

# bats test_tags=no-v4,no-mapped
@test "XD-8 source blocks: every prefix of IPv6, first and last address in, neighbours out" {
    local -a matches=()
    local prefix colons
    colons "${BASE6[@]}"
    local base=$colons
    for ((prefix = 0; prefix <= 128; prefix++)); do
        block source_ips "$base/$prefix" $((1000 + prefix))
        around6 "$prefix" $((1000 + prefix))
    done
    allow 7 "${matches[@]}"
    under server 7
    judge server
}

# bats test_tags=no-v4,no-mapped
@test "XD-8 source blocks: a prefix over 128 never matches" {
    local prefix list='' bytes=fd000000000000000000000000000001
    for prefix in 129 160 256 4294967295; do
        list+=",{\"source_ips\": [{\"bytes\": \"$bytes\", \"prefix\": $prefix}]}"
    done
    policy_rules ALLOW 7 "[{\"clauses\": [{\"matches\": [${list#,}]}]},
        {\"clauses\": [{\"matches\": [{\"source_ips\": [{\"bytes\": \"$bytes\", \"prefix\": 128}],
        \"destination_ports\": [1000]}]}]}]"
    under server 7
    keep_out fd00::1 999
    let_in fd00::1 1000
    judge server
}

# bats test_tags=no-mapped
@test "XD-9 destination blocks: every prefix, the pod's address in, one with another bit out" {
    local -a matches=()
    local prefix bits=32 flipped address=10.201.85.102
    [[ $WAYPOST_FAMILY != v6 ]] || { bits=128 address=fd00:c9:5a5a:a5a5:3c3c:c3c3:5566:aa99; }
    by_family 10.1.2.3 fd00::1
    for ((prefix = 0; prefix <= bits; prefix++)); do
        block destination_ips "$address/$prefix" $((1000 + prefix))
        let_in "$by_family" $((1000 + prefix))
    done
    allow 7 "${matches[@]}"
    matches=()
    for ((prefix = 1; prefix <= bits; prefix++)); do
        flipped "$prefix"
        block destination_ips "$flipped/$prefix" $((2000 + prefix))
        keep_out "$by_family" $((2000 + prefix))
    done
    allow 8 "${matches[@]}"
    under server 7 8
    judge server
}

@test "XD-9 destination blocks: the pod's own block lets a client in, another's does not" {
    by_family 10.201.85.96/27 fd00:c9:5a5a:a5a5::/64
    allow 7 "{\"destination_ips\": [\"$by_family\"]}"
    under server 7
    expect_let_in server:8080
    by_family 10.201.85.64/27 fd00:c9:5a5a:a5a4::/64
    allow 7 "{\"destination_ips\": [\"$by_family\"]}"
    expect_kept_out server:8080
}

# --- families ------------------------------------------------------------------------------------

# bats test_tags=no-v4,no-mapped
@test "XD-10 no IPv4 block matches an IPv6 packet, none of prefix 0 and none with its first bytes" {
    allow 7 '{"source_ips": ["0.0.0.0/0"], "destination_ports": [1001]}' \
        '{"source_ips": ["32.1.13.184/32"], "destination_ports": [1002]}' \
        '{"destination_ips": ["0.0.0.0/0"], "destination_ports": [1003]}' \
        '{"not_source_ips": ["0.0.0.0/0", "32.1.13.184/32"], "destination_ports": [1004]}' \
        '{"source_ips": ["0.0.0.0/0", "::/0"], "destination_ports": [1005]}'
    under server 7
    keep_out 2001:db8::1 1001
    keep_out 2001:db8::1 1002
    keep_out 2001:db8::1 1003
    let_in 2001:db8::1 1004
    let_in 2001:db8::1 1005
    judge server
}

# bats test_tags=no-v6,no-mapped
@test "XD-10 no IPv6 block matches an IPv4 packet, none of prefix 0 and none with its bytes" {
    allow 7 '{"source_ips": ["::/0"], "destination_ports": [1001]}' \
        '{"source_ips": ["ac15:cd6e::/32", "ac15:cd6e::/128"], "destination_ports": [1002]}' \
        '{"destination_ips": ["::/0"], "destination_ports": [1003]}' \
        '{"not_source_ips": ["::/0", "ac15:cd6e::/32"], "destination_ports": [1004]}' \
        '{"source_ips": ["::/0", "0.0.0.0/0"], "destination_ports": [1005]}'
    under server 7
    keep_out 172.21.205.110 1001
    keep_out 172.21.205.110 1002
    keep_out 172.21.205.110 1003
    let_in 172.21.205.110 1004
    let_in 172.21.205.110 1005
    judge server
}

@test "XD-10 a policy for the other family keeps the client out, one for both lets it in" {
    by_family ::/0 0.0.0.0/0
    allow 7 "{\"source_ips\": [\"$by_family\"]}"
    under server 7
    expect_kept_out server:8080
    allow 7 '{"source_ips": ["0.0.0.0/0", "::/0"]}'
    expect_let_in server:8080
}

# bats test_tags=no-v6,no-mapped
@test "XD-11 a mapped block matches no IPv4 address outside of it" {
    allow 7 '{"source_ips": ["::ffff:172.21.205.96/123", "::ffff:172.21.205.0/128"]}' \
        '{"source_ips": ["172.21.205.96/27"], "destination_ports": [1000]}'
    under server 7
    keep_out 172.21.205.95 1000
    keep_out 172.21.205.128 1000
    keep_out 0.0.255.255 1000
    keep_out 255.255.172.21 1000
    let_in 172.21.205.96 1000
    judge server
}

# bats test_tags=no-v4,no-mapped
@test "XD-11 a mapped block matches no IPv6 packet" {
    allow 7 '{"source_ips": ["::ffff:172.21.205.110/128", "::ffff:32.1.13.184/128"]}' \
        '{"source_ips": ["::ffff:172.21.205.110/128", "2001:db8::/32"], "destination_ports": [1000]}'
    under server 7
    keep_out ac15:cd6e::1 999
    keep_out 2001:db8::1 999
    keep_out fd00::ac15:cd6e 999
    let_in 2001:db8::1 1000
    judge server
}

# bats test_tags=no-v4,no-v6
@test "XD-11 XD-10 an IPv4-mapped client is an IPv4 client: its IPv4 block lets it in" {
    allow 7 '{"source_ips": ["10.201.0.2/32"]}'
    under server 7
    expect_let_in server:8080
    allow 7 '{"source_ips": ["::ffff:10.201.0.3/128"]}'
    expect_kept_out server:8080
}

# --- together ------------------------------------------------------------------------------------

# bats test_tags=no-mapped
@test "XD-12 source, destination and port of one match are AND-ed: each of them alone keeps out" {
    local to
    by_family 10.201.85.102 fd00:c9:5a5a:a5a5:3c3c:c3c3:5566:aa99
    to=$by_family
    by_family 10.1.2.0/24 fd00:1::/64
    allow 7 \
        "{\"source_ips\": [\"$by_family\"], \"destination_ips\": [\"$to\"], \"destination_ports\": [1000]}" \
        "{\"source_ips\": [\"$by_family\"], \"destination_ips\": [\"192.0.2.1\", \"2001:db8::1\"], \"destination_ports\": [1001]}"
    under server 7
    by_family 10.1.2.3 fd00:1::3
    let_in "$by_family" 1000
    keep_out "$by_family" 999
    keep_out "$by_family" 1001
    by_family 10.1.3.3 fd00:2::3
    keep_out "$by_family" 1000
    judge server
}

@test "XD-12 a client's connection needs source and port of one match" {
    by_family 10.201.0.2 fd00:c9::2
    allow 7 "{\"source_ips\": [\"$by_family\"], \"destination_ports\": [8080]}"
    under server 7
    expect_let_in server:8080
    expect_kept_out server:8081
    flow other server:8080 --deadline 100
    expect_errno ETIMEDOUT connect
}

# bats test_tags=no-mapped
@test "XD-14 not-addresses alone: those listed do not match, all others do" {
    local from
    by_family '"10.1.2.0/24", "10.1.4.4"' '"fd00:1::/64", "fd00:4::4"'
    deny 7 "{\"not_source_ips\": [$by_family], \"destination_ports\": [1000]}"
    allow 8 "{\"not_source_ips\": [$by_family], \"destination_ports\": [1001]}" \
        '{"destination_ports": [1000]}'
    under server 7 8
    by_family '10.1.2.0 10.1.2.255 10.1.4.4' 'fd00:1:: fd00:1::ffff:ffff:ffff:ffff fd00:4::4'
    for from in $by_family; do
        let_in "$from" 1000
        keep_out "$from" 1001
    done
    by_family '10.1.1.255 10.1.3.0 10.1.4.3 10.1.4.5' 'fd00:0:ffff:: fd00:1:0:1:: fd00:4::3 fd00:4::5'
    for from in $by_family; do
        keep_out "$from" 1000
        let_in "$from" 1001
    done
    judge server
}

# bats test_tags=no-mapped
@test "XD-15 address and not-address: in the block and in none of five exceptions" {
    local from
    by_family '"10.1.0.0/16"' '"fd00:1::/32"'
    local block=$by_family
    by_family '"10.1.1.1", "10.1.2.0/24", "10.1.3.3", "10.1.4.4", "10.1.5.0/28"' \
        '"fd00:1:1::1", "fd00:1:2::/48", "fd00:1:3::3", "fd00:1:4::4", "fd00:1:5::/60"'
    allow 7 "{\"source_ips\": [$block], \"not_source_ips\": [$by_family]}"
    under server 7
    by_family '10.1.1.1 10.1.2.9 10.1.3.3 10.1.4.4 10.1.5.15 10.2.0.1' \
        'fd00:1:1::1 fd00:1:2:9::1 fd00:1:3::3 fd00:1:4::4 fd00:1:5:f::1 fd00:2::1'
    for from in $by_family; do
        keep_out "$from" 1000
    done
    by_family '10.1.1.2 10.1.3.0 10.1.5.16 10.1.255.255' 'fd00:1:1::2 fd00:1:3:: fd00:1:5:10:: fd00:1:ffff::1'
    for from in $by_family; do
        let_in "$from" 1000
    done
    judge server
}

@test "XD-14 XD-15 an exception keeps its client out, and no other" {
    by_family '"source_ips": ["10.201.0.0/24"], "not_source_ips": ["10.201.0.9", "10.201.0.2"]' \
        '"source_ips": ["fd00:c9::/64"], "not_source_ips": ["fd00:c9::9", "fd00:c9::2"]'
    allow 7 "{$by_family}"
    under server 7
    expect_kept_out server:8080
    flow other server:8080
    expect_backend server:8080
}
