#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies of a topology in the maps, replaced while the lab is up, and shown whatever stands there.
# bats file_tags=once

load lib/waypost
load lib/field

setup_file() {
    lab_up policies
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    require_program policy_check
}

refused() { # CLIENT SERVER:PORT
    flow "$1" "$2" --deadline 100
    expect_errno ETIMEDOUT connect
}

reached() { # CLIENT SERVER:PORT
    flow "$1" "$2"
    expect_backend "$2"
}

# The field of the one policy that server1 is under.
shown() { # JQ-FILTER
    policy server1 show --json
    output=$(jq -c ".[0]$1" <<<"$output")
}

DENY_8080='policies: [{name: d, action: DENY, rules: [{to: [{operation: {ports: [8080]}}]}]}]'

@test "the policies of a topology hold" {
    [[ -z ${WAYPOST_OBJECTS_DIR:-} ]] || skip "what other objects make of policies is asked by the rows of XD"
    reached client1 server1:8081
    refused client2 server1:8081
    refused client1 server1:9090
    reached client1 server2:8081
    refused client2 server2:8081
}

@test "policy set: the pod is under these and no others, its neighbour as before" {
    policy server1 set "$DENY_8080"
    refused client1 server1:8080
    reached client2 server1:8081
    reached client1 server1:9090
    refused client1 server2:9090
    expect_map km_wlpolicy '{"uid": "server1"}' '{"policies":[4,0,0,0]}'
}

@test "policy set: a name keeps its id, and changes for everybody who is under it" {
    policy server1 set 'policies: [{name: no-admin, action: DENY, rules: [{to: [{operation: {ports: [8081]}}]}]}]'
    expect_map km_wlpolicy '{"uid": "server1"}' '{"policies":[1,0,0,0]}'
    refused client1 server1:8081
    refused client1 server2:8081
    reached client1 server2:9090
}

@test "policy set: what no workload is under any more is gone, its parts stay" {
    expect_count km_authz_policy 3
    policy server1 set 'policies: []'
    expect_count km_authz_policy 2
    expect_count km_wlpolicy 1
    reached client2 server1:9090
    map_get kmesh_map192 '{"index": 4}'
    expect_match "the name of a policy that is gone" '*7365727665723100*' "${output/2d706f727473/00}"
}

@test "policy set: a file, and the maps as they were after a mistake in it" {
    echo "$DENY_8080" >"$BATS_TEST_TMPDIR/deny.yaml"
    policy server1 set "$BATS_TEST_TMPDIR/deny.yaml"
    refused client1 server1:8080
    printf 'policies:\n  - name: x\n    rules: [{from: [{source: {ipBlocks: [10.0.0.0/33]}}]}]\n' \
        >"$BATS_TEST_TMPDIR/bad.yaml"
    run -2 "$WAYPOST" policy "$LAB" server1 set "$BATS_TEST_TMPDIR/bad.yaml"
    expect_match "the sentence" "waypost: */bad.yaml:3: 'ipBlocks' has '10.0.0.0/33', must be *" "$output"
    shown .name
    expect_equal "the policy" '"d"' "$output"
}

@test "policy set: a hundred times, the last one holds" {
    for port in {8001..8099} 8081; do
        policy server1 set "policies: [{name: d, action: DENY, rules: [{to: [{operation: {ports: [$port]}}]}]}]"
    done
    refused client1 server1:8081
    reached client1 server1:8080
    expect_count km_authz_policy 3
}

@test "policy delete: one, all, and one that there is not" {
    policy server1 delete no-admin
    expect_map km_wlpolicy '{"uid": "server1"}' '{"policies":[2,0,0,0]}'
    expect_map km_wlpolicy '{"uid": "server2"}' '{"policies":[1,3,0,0]}'
    policy server1 delete
    map_get km_wlpolicy '{"uid": "server1"}'
    expect_equal "server1's slots" "" "$output"
    run -1 "$WAYPOST" policy "$LAB" server1 delete no-admin
}

@test "policy show: a policy as a person reads it" {
    policy server1 set "policies: [{name: d, namespace: x, index: 70000, action: DENY, rules: [{}, {from: [{source:
        {ipBlocks: [10.0.0.0/8], notIpBlocks: ['fd00::/16'], principals: ['a/*']}}]}]}]"
    policy server1 show
    expect_equal "the policy" "policy 4: DENY x/d
  rule kmesh_map64/70000: no clauses
  rule kmesh_map64/70007
    clause kmesh_map64/70006
      match kmesh_map192/70003: principals a/*, source_ips 10.0.0.0/8, not_source_ips fd00::/16" "$output"
    policy client1 show
    expect_equal "a pod without one" "no policies" "$output"
}

@test "policy show: a part that is not there, one of the wrong map, a count that lies" {
    policy server1 set "$DENY_8080"
    shown .rules[0].clauses[0].matches[0].at
    match=$(jq -r 'split("/")[1]' <<<"$output")
    map_set kmesh_map192 "{\"index\": $match}" '{"match": {"source_ips_count": 1, "source_ips": "kmesh_map64/5"}}'
    map_set km_authz_policy '{"id": 4}' '{"name": "kmesh_map192/77777", "rules_count": 4294967296}'
    shown .name
    expect_equal "the name" '{"at":"kmesh_map192/77777","fault":"not there"}' "$output"
    shown .rules_count
    expect_equal "the count" 4294967296 "$output"
    shown .rules[1]
    expect_equal "the rules behind the first" '{"at":null,"fault":"no reference, 199 times"}' "$output"
    shown .rules[0].clauses[0].matches[0].source_ips
    expect_equal "the blocks" '{"at":"kmesh_map64/5","fault":"a cell of the wrong map"}' "$output"
}

@test "reset brings back the policies of the topology, and their parts" {
    policy server1 set "$DENY_8080"
    map_delete kmesh_map64 '{"index": 1}'
    map_set kmesh_map1600 '{"index": 4}' '{"references": []}'
    waypost reset "$LAB"
    refused client1 server1:9090
    expect_count kmesh_map64 22
    policy server1 show
    expect_match "no fault" '*destination_ports 9090*' "$output"
    refute grep -q '<' <<<"$output"
}

@test "programs without the maps of policies: one warning, and a lab without policies" {
    local build=${WAYPOST%/*}
    mkdir "$BATS_TEST_TMPDIR/objects"
    cp "$build/bpf/datapath/cgroup_connect4.bpf.o" "$BATS_TEST_TMPDIR/objects"
    field 0 up without -t "$build/../topologies/policies.yaml" --objects "$BATS_TEST_TMPDIR/objects" --partial
    expect_match "the warning" "*the programs of 'node' have no map 'kmesh_map64': the topology's policies are left out*" \
        "$output"
    field 2 policy without server1 show
    expect_one_line "*there is no map 'kmesh_map64'; there are: *"
    field 0 down without
}

# --- in a bundle -------------------------------------------------------------------------------

policy_maps() { # LAB
    local map
    for map in km_wlpolicy km_authz_policy kmesh_map64 kmesh_map192 kmesh_map1600; do
        "$WAYPOST" map "$1" dump "$map"
    done
}

# What the lab of a repro of the bundle has, in $BATS_TEST_TMPDIR/maps, and the pod's policies, in shown.
repeated() { # BUNDLE POD
    cd "$BATS_TEST_TMPDIR" || return
    # shellcheck disable=SC2016 # the shell of repro expands it
    printf '#!/bin/bash\n%s\npolicy_maps "$LAB" >maps\n"$WAYPOST" policy "$LAB" "$POD" show >shown\n' "$(declare -f policy_maps)" >shell
    chmod +x shell
    POD=$2 SHELL=$PWD/shell field 0 repro "$1" --lab policies-again --shell
}

@test "capture and repro: policies are planted as they were" {
    waypost capture --lab "$LAB" -o "$BATS_TEST_TMPDIR/there" --flow 10.128.0.2 10.96.0.1:80
    repeated "$BATS_TEST_TMPDIR/there" server2
    policy_maps "$LAB" >"$BATS_TEST_TMPDIR/were"
    cmp "$BATS_TEST_TMPDIR/were" "$BATS_TEST_TMPDIR/maps"
    policy server2 show
    expect_equal "server2's policies" "$output" "$(<"$BATS_TEST_TMPDIR/shown")"
}

@test "capture --redact: no name, namespace, principal or address of a policy" {
    policy server1 set "policies: [{name: zebra, namespace: savanna, action: DENY, rules: [{from: [{source:
        {principals: ['lion/*'], ipBlocks: [10.128.0.2], notIpBlocks: [172.77.66.55]}}]}]}]"
    policy server1 set "policies: [{name: zebra, namespace: savanna}]"
    policy server2 set "policies: [{name: heron, rules: [{from: [{source: {principals: ['lion/*'], ipBlocks: [10.128.0.2]}}]}]}]"
    waypost capture --lab "$LAB" --redact -o "$BATS_TEST_TMPDIR/redacted" --flow 10.128.0.2 10.96.0.1:80
    refute grep -rqaE 'zebra|heron|savanna|lion|10\.128\.|172\.77' "$BATS_TEST_TMPDIR/redacted"
    LC_ALL=C refute grep -rqaP '\xac\x4d\x42\x37' "$BATS_TEST_TMPDIR/redacted/maps"
    grep -qa 'redacted-1' "$BATS_TEST_TMPDIR/redacted/maps/kmesh_map192.bin"
    repeated "$BATS_TEST_TMPDIR/redacted" server2
    expect_match "server2's policy" \
        "policy *: ALLOW redacted-*/redacted-*: principals redacted-*\*, source_ips 198.18.*" "$(<"$BATS_TEST_TMPDIR/shown")"
}
