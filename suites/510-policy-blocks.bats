#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies: blocks of addresses. Each is the only one of the only rule of its policy, so that a program which
# reads no more than the first of something is wrong elsewhere.

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

# around4 PREFIX BLOCK: the block lets its first and its last address in, and their neighbours not.
around4() {
    local first last dotted
    edges4 "$1"
    allow 7 "{\"source_ips\": [\"$2\"]}"
    dotted "$first" && let_in "$dotted" 8080
    dotted "$last" && let_in "$dotted" 8080
    [[ $first == 0 ]] || { dotted $((first - 1)) && keep_out "$dotted" 8080; }
    [[ $last == 4294967295 ]] || { dotted $((last + 1)) && keep_out "$dotted" 8080; }
    judge server
}

# every4: the same for every prefix, with the block's first address.
every4() {
    local prefix first last dotted
    for ((prefix = 0; prefix <= 32; prefix++)); do
        edges4 "$prefix"
        dotted "$first"
        around4 "$prefix" "$dotted/$prefix"
    done
}

# every4_with_host_bits: with an address in the middle of the block.
every4_with_host_bits() {
    local prefix dotted
    dotted "$BASE4"
    for ((prefix = 0; prefix <= 32; prefix++)); do
        around4 "$prefix" "$dotted/$prefix"
    done
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
    colons "${BASE6[@]}" && allow 7 "{\"source_ips\": [\"$colons/$1\"]}"
    colons "${first[@]}" && let_in "$colons" 8080
    colons "${last[@]}" && let_in "$colons" 8080
    ! step "${first[@]}" -1 || { colons "${stepped[@]}" && keep_out "$colons" 8080; }
    ! step "${last[@]}" 1 || { colons "${stepped[@]}" && keep_out "$colons" 8080; }
    judge server
}

every6() {
    local prefix
    for ((prefix = 0; prefix <= 128; prefix++)); do
        around6 "$prefix"
    done
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

# destinations FROM: the server's own address at every prefix, and the same with the prefix's last bit turned.
destinations() {
    local prefix bits=32 flipped address=10.201.85.102
    [[ $WAYPOST_FAMILY != v6 ]] || { bits=128 address=fd00:c9:5a5a:a5a5:3c3c:c3c3:5566:aa99; }
    for ((prefix = 0; prefix <= bits; prefix++)); do
        only let_in "{\"destination_ips\": [\"$address/$prefix\"]}" "$1"
    done
    for ((prefix = 1; prefix <= bits; prefix++)); do
        flipped "$prefix"
        only keep_out "{\"destination_ips\": [\"$flipped/$prefix\"]}" "$1"
    done
}

# only let_in|keep_out MATCH ADDRESS [PORT]: an ALLOW with nothing but that match, and a packet.
only() {
    allow 7 "$2"
    "$1" "$3" "${4:-8080}"
    judge server
}

# --- prefixes ------------------------------------------------------------------------------------

# bats test_tags=no-v6,no-mapped
@test "XD-7 source blocks: every prefix of IPv4, first and last address in, neighbours out" {
    under server 7
    every4
}

# bats test_tags=no-v6,no-mapped
@test "XD-7 source blocks: host bits in the block are ignored, at every prefix" {
    under server 7
    every4_with_host_bits
}

# bats test_tags=no-v6,no-mapped
@test "XD-7 source blocks: a prefix over 32 never matches, as a not-block it excepts nobody" {
    local prefix block
    under server 7
    for prefix in 33 64 128 255 256 4294967295; do
        block="[{\"bytes\": \"0a010203\", \"prefix\": $prefix}]"
        only keep_out "{\"source_ips\": $block}" 10.1.2.3
        only let_in "{\"not_source_ips\": $block}" 10.1.2.3
    done
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
    under server 7
    every6
}

# bats test_tags=no-v4,no-mapped
@test "XD-8 source blocks: a prefix over 128 never matches" {
    local prefix bytes=fd000000000000000000000000000001
    under server 7
    for prefix in 129 160 256 4294967295; do
        only keep_out "{\"source_ips\": [{\"bytes\": \"$bytes\", \"prefix\": $prefix}]}" fd00::1
    done
    only let_in "{\"source_ips\": [{\"bytes\": \"$bytes\", \"prefix\": 128}]}" fd00::1
}

# bats test_tags=no-mapped
@test "XD-9 destination blocks: every prefix, the pod's address in, one with another bit out" {
    under server 7
    by_family 10.1.2.3 fd00::1
    destinations "$by_family"
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
    under server 7
    only keep_out '{"source_ips": ["0.0.0.0/0"]}' 2001:db8::1
    only keep_out '{"source_ips": ["32.1.13.184/32"]}' 2001:db8::1
    only keep_out '{"destination_ips": ["0.0.0.0/0"]}' 2001:db8::1
    only let_in '{"not_source_ips": ["0.0.0.0/0"]}' 2001:db8::1
    only let_in '{"source_ips": ["::/0"]}' 2001:db8::1
}

# bats test_tags=no-v6,no-mapped
@test "XD-10 no IPv6 block matches an IPv4 packet, none of prefix 0 and none with its bytes" {
    under server 7
    only keep_out '{"source_ips": ["::/0"]}' 172.21.205.110
    only keep_out '{"source_ips": ["ac15:cd6e::/32"]}' 172.21.205.110
    only keep_out '{"source_ips": ["ac15:cd6e::/128"]}' 172.21.205.110
    only keep_out '{"destination_ips": ["::/0"]}' 172.21.205.110
    only let_in '{"not_source_ips": ["::/0"]}' 172.21.205.110
    only let_in '{"source_ips": ["0.0.0.0/0"]}' 172.21.205.110
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
    local from
    under server 7
    for from in 172.21.205.95 172.21.205.128 0.0.255.255 255.255.172.21; do
        only keep_out '{"source_ips": ["::ffff:172.21.205.96/123"]}' "$from"
    done
    only keep_out '{"source_ips": ["::ffff:172.21.205.0/128"]}' 172.21.205.1
    only let_in '{"source_ips": ["172.21.205.96/27"]}' 172.21.205.96
}

# bats test_tags=no-v4,no-mapped
@test "XD-11 a mapped block matches no IPv6 packet" {
    under server 7
    only keep_out '{"source_ips": ["::ffff:172.21.205.110/128"]}' ac15:cd6e::1
    only keep_out '{"source_ips": ["::ffff:172.21.205.110/128"]}' fd00::ac15:cd6e
    only keep_out '{"source_ips": ["::ffff:32.1.13.184/128"]}' 2001:db8::1
    only let_in '{"source_ips": ["2001:db8::/32"]}' 2001:db8::1
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
    local own source match
    by_family 10.201.85.102 fd00:c9:5a5a:a5a5:3c3c:c3c3:5566:aa99
    own=$by_family
    by_family 10.1.2.0/24 fd00:1::/64
    source=$by_family
    under server 7
    match="\"destination_ips\": [\"$own\"], \"destination_ports\": [8080]"
    by_family 10.1.2.3 fd00:1::3
    only let_in "{\"source_ips\": [\"$source\"], $match}" "$by_family"
    only keep_out "{\"source_ips\": [\"$source\"], $match}" "$by_family" 8081
    only keep_out "{\"source_ips\": [\"192.0.2.1\"], $match}" "$by_family"
    by_family 192.0.2.1 2001:db8::1
    match="\"destination_ips\": [\"$by_family\"], \"destination_ports\": [8080]"
    by_family 10.1.2.3 fd00:1::3
    only keep_out "{\"source_ips\": [\"$source\"], $match}" "$by_family"
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
    allow 7 "{\"not_source_ips\": [$by_family]}"
    deny 8 "{\"not_source_ips\": [$by_family]}"
    under server 7
    under second 8
    by_family '10.1.2.0 10.1.2.255 10.1.4.4' 'fd00:1:: fd00:1::ffff:ffff:ffff:ffff fd00:4::4'
    for from in $by_family; do
        keep_out "$from" 8080
    done
    by_family '10.1.1.255 10.1.3.0 10.1.4.3 10.1.4.5' 'fd00:0:ffff:: fd00:1:0:1:: fd00:4::3 fd00:4::5'
    for from in $by_family; do
        let_in "$from" 8080
    done
    judge server
    keep_out "${from}" 8080
    by_family 10.1.4.4 fd00:4::4
    let_in "$by_family" 8080
    judge second
}

# bats test_tags=no-mapped
@test "XD-15 address and not-address: in the block and in none of the exceptions, the second and the fifth too" {
    local from block
    by_family 10.1.0.0/16 fd00:1::/32
    block=$by_family
    by_family '"10.1.1.1", "10.1.2.0/24", "10.1.3.3", "10.1.4.4", "10.1.5.0/28"' \
        '"fd00:1:1::1", "fd00:1:2::/48", "fd00:1:3::3", "fd00:1:4::4", "fd00:1:5::/60"'
    allow 7 "{\"source_ips\": [\"$block\"], \"not_source_ips\": [$by_family]}"
    under server 7
    by_family '10.1.1.1 10.1.2.9 10.1.3.3 10.1.4.4 10.1.5.15 10.2.0.1' \
        'fd00:1:1::1 fd00:1:2:9::1 fd00:1:3::3 fd00:1:4::4 fd00:1:5:f::1 fd00:2::1'
    for from in $by_family; do
        keep_out "$from" 8080
    done
    by_family '10.1.1.2 10.1.3.0 10.1.5.16 10.1.255.255' 'fd00:1:1::2 fd00:1:3:: fd00:1:5:10:: fd00:1:ffff::1'
    for from in $by_family; do
        let_in "$from" 8080
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
