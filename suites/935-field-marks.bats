#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A bug from the field where nodes mark packets for encryption: capture, repro, shrink.
# bats file_tags=once

load lib/waypost
load lib/field

setup_file() {
    cat >"$BATS_FILE_TMPDIR/marks.yaml" <<'EOF'
nodes: [node1, node2]
encryption: marks
pods:
  - {name: client, node: node1}
  - {name: near, node: node1, listeners: [{port: 8080}]}
  - {name: far, node: node2, listeners: [{port: 8080}, {port: 8443}]}
services:
  - {name: web, ports: [{port: 80, target: 8080}, {port: 443, target: 8443}], endpoints: [{pod: far}]}
EOF
    waypost up marked -t "$BATS_FILE_TMPDIR/marks.yaml"
    export LAB=marked
    waypost capture --lab marked -o "$BATS_FILE_TMPDIR/bundle" --flow client 10.96.0.1:443 --flow client 10.128.0.3:8080
    waypost capture --lab marked -o "$BATS_FILE_TMPDIR/redacted" --redact --flow 10.128.0.2 10.96.0.1:443 \
        --flow 10.128.0.2 10.128.0.3:8080
}

teardown_file() {
    lab_down
}

# Outputs go to the test's own directory.
setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# marks_after_repro BUNDLE: the marks with which repro's lab sent to far and near, in ./far and ./near.
marks_after_repro() {
    # shellcheck disable=SC2016 # the shell of repro expands it
    printf '#!/bin/sh\nfor pod in far near; do "%s" marks "$LAB" seen node $pod tcp >$pod; done\n' \
        "$WAYPOST" >shell && chmod +x shell
    SHELL=$PWD/shell field 0 repro "$1" --shell
}

@test "capture: km_nodeinfo is in the bundle" {
    expect_equal "what node1 knows of node2" '["10.129.0.0/16","fd00:81::/64"]' \
        "$(jq -sc 'map(.key.prefix) | sort' "$BATS_FILE_TMPDIR/bundle/maps/km_nodeinfo.json")"
}

@test "capture --redact: no prefix is the cluster's, and each has its family" {
    refute grep -qE '10\.129\.|fd00:' "$BATS_FILE_TMPDIR/redacted/maps/km_nodeinfo.json"
    expect_equal "the prefixes" '[["198.19.0.0/16",4],["2001:db8::8000:0/97",6]]' \
        "$(jq -sc 'map([.key.prefix, .value.family]) | sort' "$BATS_FILE_TMPDIR/redacted/maps/km_nodeinfo.json")"
}

@test "repro: what goes to another node's pod is marked, what goes to the own node's is not" {
    marks_after_repro "$BATS_FILE_TMPDIR/bundle"
    expect_match "to far" '{"0xe0":+([0-9])}' "$(<far)"
    expect_match "to near" '{"0":+([0-9])}' "$(<near)"
}

@test "repro of a redacted bundle: the same" {
    marks_after_repro "$BATS_FILE_TMPDIR/redacted"
    expect_match "to far" '{"0xe0":+([0-9])}' "$(<far)"
    expect_match "to near" '{"0":+([0-9])}' "$(<near)"
}

@test "shrink: the topology has the encryption" {
    field 0 shrink "$BATS_FILE_TMPDIR/bundle" --objects "$PLANTED/port" --mix
    expect_equal "the topology's line" "encryption: marks" "$(grep encryption shrunk.yaml)"
}
