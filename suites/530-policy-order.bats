#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies: which of them a workload is under, what several of them say together, and what becomes of parts
# that are missing.

# $by_family and $output belong to one test, and words set them.
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
}

# --- words of this file --------------------------------------------------------------------------

# The policies that the tests put together, by what they do to port 8080 (8081 is reached with all of
# them that are not about to deny everything).
hits() { allow "$1" '{"destination_ports": [8080]}'; }
misses() { allow "$1" '{"destination_ports": [9]}'; }
denies() { deny "$1" '{"destination_ports": [8080]}'; }
deny_misses() { deny "$1" '{"destination_ports": [9]}'; }

# 8080 and 8081 of the server, by a table and not by flows.
judged() {
    local word=$1
    "$word" "$by_family" 8080
    judge server
}

# --- none ----------------------------------------------------------------------------------------

@test "XD-4 a workload without an entry of km_wlpolicy: passes, and nothing is kept" {
    misses 7
    under second 7
    expect_let_in server:8080
    expect_nothing_kept
}

@test "XD-4 all slots empty, or only ids without a policy: passes, and nothing is kept" {
    under server 0 0 0 0
    expect_let_in server:8080
    under server 7 0 8 4294967295
    expect_let_in server:8080
    expect_nothing_kept
}

@test "XD-4 an address in no frontend passes, whatever its workload's policy was" {
    misses 7
    under server 7
    expect_kept_out server:8080
    map_delete km_frontend '{"address": "server"}'
    expect_let_in server:8080
    expect_nothing_kept
}

# --- one -----------------------------------------------------------------------------------------

@test "XD-5 ALLOW with a port: that port is reached, any other is denied" {
    hits 7
    under server 7
    expect_let_in server:8080
    expect_kept_out server:8081
}

@test "XD-6 DENY with a port: that port is denied, others are reached" {
    denies 7
    under server 7
    expect_kept_out server:8080
    expect_let_in server:8081
}

@test "XD-22 ALLOW without rules: all is denied" {
    policy_rules ALLOW 7 '[]'
    under server 7
    expect_kept_out server:8080
    expect_kept_out server:8081
}

@test "XD-22 DENY without rules denies nothing, and the policies after it still count" {
    policy_rules DENY 7 '[]'
    under server 7
    expect_let_in server:8080
    denies 8
    under server 7 8
    expect_kept_out server:8080
    expect_let_in server:8081
}

# --- several -------------------------------------------------------------------------------------

@test "XD-23 DENY wins over ALLOW, in front of it and behind it" {
    hits 7
    denies 8
    under server 8 7
    expect_kept_out server:8080
    under server 7 8
    expect_kept_out server:8080
}

# bats test_tags=no-mapped
@test "XD-23 DENY wins over ALLOW in every order of the four slots" {
    local order
    hits 7
    denies 8
    misses 9
    for order in '8 7' '7 8' '8 7 9' '7 8 9' '7 9 8' '7 7 7 8' '9 8 7 9' '9 9 7 8'; do
        # shellcheck disable=SC2086
        under server $order
        judged keep_out
    done
    under server 7 9 7 9
    judged let_in
}

@test "XD-24 several ALLOWs: one that matches is enough, wherever it stands; none is a denial" {
    hits 7
    misses 8
    misses 9
    misses 10
    under server 8 9 10 7
    expect_let_in server:8080
    under server 8 9 10
    expect_kept_out server:8080
}

# bats test_tags=no-mapped
@test "XD-24 two, three and four ALLOWs, the one that matches in each place" {
    local order
    hits 7
    misses 8
    for order in '7 8' '8 7' '7 8 8' '8 7 8' '8 8 7' '7 8 8 8' '8 7 8 8' '8 8 7 8' '8 8 8 7'; do
        # shellcheck disable=SC2086
        under server $order
        judged let_in
    done
    for order in 8 '8 8' '8 8 8' '8 8 8 8'; do
        # shellcheck disable=SC2086
        under server $order
        judged keep_out
    done
}

@test "XD-24 DENY that misses: alone it passes, with an ALLOW the ALLOW decides" {
    deny_misses 7
    hits 8
    misses 9
    under server 7
    expect_let_in server:8080
    under server 7 8
    expect_let_in server:8080
    under server 7 9
    expect_kept_out server:8080
}

# bats test_tags=no-v6,no-mapped
@test "XD-25 an empty slot or an id without a policy is skipped wherever it stands" {
    local order
    hits 7
    denies 8
    for order in '0 0 0 8' '0 8 0 0' '99 8 0 0' '0 99 98 8' '7 0 8 0' '7 99 0 8' '0 7 8 99'; do
        # shellcheck disable=SC2086
        under server $order
        judged keep_out
    done
    for order in '0 0 0 7' '99 0 98 7' '0 7 0 99' '7 0 0 0'; do
        # shellcheck disable=SC2086
        under server $order
        judged let_in
    done
}

# --- what a policy is called ---------------------------------------------------------------------

# bats test_tags=no-v6,no-mapped
@test "XD-26 a policy's name has no effect: none, empty, one that leads nowhere, 191 bytes" {
    local name long
    printf -v long '%191s' ''
    for name in '' '"name": ""' '"name": null, "namespace": null' "\"name\": \"${long// /x}\""; do
        policy_rules ALLOW 7 '[{"clauses": [{"matches": [{"destination_ports": [8080]}]}]}]' "$name"
        under server 7
        let_in 10.1.2.3 8080
        keep_out 10.1.2.3 8081
        judge server
    done
}

# bats test_tags=no-v6,no-mapped
@test "XD-28 any id but 0 is a policy's: ids with zero bytes, and the greatest" {
    local id
    for id in 1 255 256 65536 16777216 4294967040 2147483648 4294967295; do
        hits "$id"
        under server "$id"
        let_in 10.1.2.3 8080
        keep_out 10.1.2.3 8081
        judge server
    done
}

# --- what is not there ---------------------------------------------------------------------------

# gone ACTION RULES: port 8080 is kept out under that ALLOW and let in under that DENY: the policy misses.
gone() {
    policy_rules ALLOW 7 "$1"
    policy_rules DENY 8 "$1"
    under server 7
    under second 8
    keep_out "$by_family" 8080
    judge server
    let_in "$by_family" 8080
    judge second
}

# bats test_tags=no-mapped
@test "XD-27 a rule, a clause, a match that is not there matches nothing" {
    gone '[null]'
    gone '[{"clauses": [null]}]'
    gone '[{"clauses": [{"matches": [null]}]}]'
    gone '[{"clauses": [{"matches": [{"destination_ports": [8080]}]}, null]}]'
}

# bats test_tags=no-mapped
@test "XD-27 a list that is not there, of clauses, matches, ports or addresses, matches nothing" {
    gone '[{"clauses": null}]'
    gone '[{"clauses": [{"matches": null}]}]'
    gone '[{"clauses": [{"matches": [{"destination_ports": null}]}]}]'
    gone '[{"clauses": [{"matches": [{"destination_ports": [8080], "source_ips": null}]}]}]'
    gone '[{"clauses": [{"matches": [{"destination_ports": [8080], "source_ips": [null]}]}]}]'
}

# bats test_tags=no-mapped
@test "XD-27 what is beside a missing part decides as before" {
    local hit='{"clauses": [{"matches": [{"destination_ports": [8080]}]}]}'
    policy_rules ALLOW 7 "[null, $hit, {\"clauses\": [null]}]"
    under server 7
    let_in "$by_family" 8080
    keep_out "$by_family" 8081
    judge server
    policy_rules ALLOW 7 '[{"clauses": [{"matches": [null, {"destination_ports": [8080]}, null]}]}]'
    let_in "$by_family" 8080
    keep_out "$by_family" 8081
    judge server
}

# bats test_tags=no-mapped
@test "XD-27 a reference to the wrong map is a missing part, and no other policy's part is used for it" {
    hits 7
    gone '["kmesh_map192/1"]'
    gone '[{"clauses": ["kmesh_map1600/1"]}]'
    gone '[{"clauses": [{"matches": ["kmesh_map64/1"]}]}]'
    gone '[{"clauses": [{"matches": ["kmesh_map296/1"]}]}]'
    gone '[{"clauses": "kmesh_map64/1"}]'
    gone '[{"clauses": [{"matches": [{"destination_ports": "kmesh_map192/1"}]}]}]'
}

# bats test_tags=no-mapped
@test "XD-27 a not-list with a missing element: an ALLOW misses, a DENY spares nobody" {
    local rules
    for rules in '{"not_source_ips": [null]}' '{"not_source_ips": null}' '{"not_destination_ports": null}'; do
        policy_rules ALLOW 7 "[{\"clauses\": [{\"matches\": [$rules]}]}]"
        policy_rules DENY 8 "[{\"clauses\": [{\"matches\": [$rules]}]}]"
        under server 7
        under second 8
        keep_out "$by_family" 8080
        judge server
        keep_out "$by_family" 8080
        judge second
    done
}

# bats test_tags=no-mapped
@test "XD-27 parts at indices above 256 and 65536" {
    local index
    under server 7
    for index in 255 256 65535 65536 16777200; do
        by_family 10.1.2.0/24 fd00::/64
        policy server set "policies: [{name: high, id: 7, index: $index, action: ALLOW,
            rules: [{from: [{source: {ipBlocks: ['$by_family']}}], to: [{operation: {ports: [8080]}}]}]}]"
        by_family 10.1.2.3 fd00::1
        let_in "$by_family" 8080
        keep_out "$by_family" 8081
        judge server
    done
}

# --- workloads -----------------------------------------------------------------------------------

@test "XD-41 two pods with different policies on the same ports: each has its own" {
    hits 7
    denies 8
    under server 7
    under second 8
    expect_let_in server:8080
    expect_kept_out server:8081
    expect_kept_out second:8080
    expect_let_in second:8081
}

@test "XD-41 a policy that two pods share works for both" {
    hits 7
    under server 7
    under second 7
    expect_let_in server:8080
    expect_let_in second:8080
    expect_kept_out server:8081
    expect_kept_out second:8081
}

# bats test_tags=no-mapped
@test "XD-41 two addresses of one uid are judged alike" {
    hits 7
    under server 7
    map_set km_frontend '{"address": "second"}' '{"upstream": "server"}'
    let_in "$by_family" 8080
    keep_out "$by_family" 8081
    judge server
    let_in "$by_family" 8080
    keep_out "$by_family" 8081
    judge second
}

# fill_policies: ids 1 to 512, each on a workload of its own; the last is the server's.
fill_policies() {
    local id
    for ((id = 1; id < 512; id++)); do
        misses "$id"
        map_set km_wlpolicy "{\"uid\": $((100000 + id))}" "{\"policies\": [$id]}"
    done
    hits 512
    under server 512
}

# bats test_tags=no-v6,no-mapped
@test "XD-44 512 policies, 512 workloads: the 512th works as the first, and full maps change no verdict" {
    fill_policies
    expect_count km_authz_policy 512
    expect_count km_wlpolicy 512
    let_in 10.1.2.3 8080
    keep_out 10.1.2.3 8081
    judge server
}

# --- loading -------------------------------------------------------------------------------------

# Seen whole by `./run.sh verifier`, on each kernel; here it is the kernel that runs. The verb's exit code
# says whether objects differ from the contract, which is not asked here.
# bats test_tags=once
@test "XD-45 every program of authorization loads with at most 70 % of the verifier's instructions" {
    local programs name loads instructions
    local -a seen=() objects=()
    [[ -z ${WAYPOST_OBJECTS_DIR:-} ]] || objects=(--objects "$WAYPOST_OBJECTS_DIR")
    programs=$("$WAYPOST" programs --json "${objects[@]}" 2>/dev/null 3>&-) || [[ $? -eq 1 ]]
    while read -r name loads instructions; do
        expect_equal "$name loads" true "$loads"
        ((instructions <= 700000)) || die "instructions of $name" "at most 700000" "$instructions"
        seen+=("$name")
    done < <(jq -r '.programs[] | select(.attached == "xdp_auth") |
        "\(.name) \(.loads) \(.verified_instructions // 0)"' <<<"$programs" 3>&-)
    expect_equal "programs" "xdp_authz policies_check policy_check xdp_shutdown_in_userspace" "${seen[*]}"
}
