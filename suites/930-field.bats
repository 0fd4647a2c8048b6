#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What somebody with a bug from the field does: capture, repro, shrink. The bugs are planted in
# copies of the suite's own programs.
# bats file_tags=once
# shellcheck disable=SC2030,SC2031 # every test is a process of its own

load lib/waypost
load lib/field

setup_file() {
    cluster 30 5 40 >"$BATS_FILE_TMPDIR/cluster.yaml"
    waypost up field -t "$BATS_FILE_TMPDIR/cluster.yaml"
    export LAB=field
    waypost capture --lab field -o "$BATS_FILE_TMPDIR/bundle.tar.zst" --flow client 10.96.0.5:443
    export BUNDLE=$BATS_FILE_TMPDIR/bundle.tar.zst
}

teardown_file() {
    lab_down
}

# Outputs go to the test's own directory.
setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

# --- capture -----------------------------------------------------------------------------------

@test "capture changes nothing: ids, contents, pins and programs are the same" {
    state >before
    waypost capture --pins /sys/fs/bpf/waypost/field/node/maps -o there
    waypost capture --pins /sys/fs/bpf/waypost/field/node/maps --redact -o redacted.tar.zst
    state >after
    cmp before after
}

@test "capture: a directory has the maps in raw bytes and in the contract's names" {
    waypost capture --lab field -o there
    expect_equal "a frontend" '{"key":{"address":"10.96.0.1"},"value":{"upstream":1}}' \
        "$(head -n 1 there/maps/km_frontend.json)"
    # 30 services and 43 pods, two addresses each; 20 bytes an entry.
    expect_equal "the frontends' bytes" $((2 * 73 * 20)) "$(stat -c %s there/maps/km_frontend.bin)"
    expect_equal "its version" 1 "$(jq .waypost_bundle there/manifest.json)"
}

@test "capture: the attached programs with their tags, the namespaces with their cookies" {
    waypost capture --lab field -o there
    expect_equal "connect4" '[["cgroup/connect4"],16]' "$(jq -c '.[] |
        select(.name == "cgroup_connect4") | [[.attached[].type], (.tag | length)]' there/programs.json)"
    expect_equal "the client" '["10.128.0.2","fd00:80::2"]' "$(jq -c '.namespaces[] |
        select(.name == "client" and .cookie > 0).addresses | sort' there/node.json)"
    expect_equal "a setting" 2 "$(jq .settings.bpf_log_level there/node.json)"
}

@test "capture: XDP programs by the interfaces that they are attached to" {
    waypost capture --lab field -o there
    expect_equal "on the managed pod, and on no other" \
        "[[\"eth0\",\"xdp\",$(jq '.namespaces[] | select(.name == "client").inode' there/node.json)]]" \
        "$(jq -c '[.[].attached[] | select(.interface) | [.interface, .type, .namespace]]' there/programs.json)"
}

@test "capture: the static program makes the same bundle" {
    local tool=${WAYPOST%/*}/waypost-capture
    [[ -x $tool ]] || skip "there is no waypost-capture: make capture-static says what it lacks"
    waypost capture --pins /sys/fs/bpf/waypost/field/node/maps -o there
    "$tool" --pins /sys/fs/bpf/waypost/field/node/maps -o alone 3>&-
    expect_equal "the maps" "$(cd there/maps && sha256sum -- *)" "$(cd alone/maps && sha256sum -- *)"
    expect_equal "the programs" "$(<there/programs.json)" "$(<alone/programs.json)"
}

@test "capture --redact: no address is the cluster's, and the flow goes wrong as before" {
    waypost capture --lab field --redact -o redacted --flow 10.128.0.2 10.96.0.5:443
    refute grep -rqE '10\.(96|128)\.|fd00:' redacted
    field 1 repro redacted --objects "$PLANTED/port" --mix
    expect_match "where it parts" "*198.18.*another port: 8080*" "$output"
}

@test "capture --from-bpftool: what a person saved" {
    local map
    mkdir dumps
    for map in km_frontend km_service km_endpoint km_backend km_manage; do
        bpftool -j map dump pinned "/sys/fs/bpf/waypost/field/node/maps/$map" >"dumps/$map.json" 3>&-
    done
    waypost capture --from-bpftool dumps -o saved
    field 0 repro saved --flow 10.128.0.2 10.96.0.5:443
    field 1 repro saved --flow 10.128.0.2 10.96.0.5:443 --objects "$PLANTED/port" --mix
}

@test "capture: no pins, no node: one line" {
    field 2 capture --pins /nowhere -o x
    expect_one_line "*there is no '/nowhere'*"
    field 2 capture --pins "$BATS_TEST_TMPDIR" -o x
    expect_one_line "*there are no maps in*"
    [[ ! -e x && ! -e x.partial ]]
}

# --- repro -------------------------------------------------------------------------------------

@test "repro: right programs part nowhere" {
    field 0 repro "$BUNDLE"
    expect_match "where it parts" "*expected  CN-3: 10.128.0.*:8443*parts     nowhere*" "$output"
}

@test "repro: a wrong port pair" {
    field 1 repro "$BUNDLE" --objects "$PLANTED/port" --mix
    expect_match "where it parts" "*at the connect hook: the right address, another port: 8080*" "$output"
}

@test "repro: a TLV lost on a second connect" {
    field 1 repro "$BUNDLE" --objects "$PLANTED/tlv" --mix \
        --flow client 10.96.0.8:80,10.96.0.8:80
    expect_match "where it parts" "*parts     nowhere*the waypoint read no TLV*" "$output"
    field 0 repro "$BUNDLE" --objects "$PLANTED/tlv" --mix --flow client 10.96.0.8:80
}

@test "repro: an endpoint index off by one" {
    field 1 repro "$BUNDLE" --objects "$PLANTED/index" --mix
    expect_match "where it parts" "*of many connections none went to*" "$output"
}

@test "repro: DNS over TCP that is not sent to the proxy" {
    field 0 repro "$BUNDLE" --flow client 10.96.0.5:53
    expect_match "what is expected" "*DN-3: 10.128.0.4:53, no TLV*" "$output"
    field 1 repro "$BUNDLE" --objects "$PLANTED/dns" --mix --flow client 10.96.0.5:53
    expect_match "where it parts" "*left as it was asked, and had to be redirected*" "$output"
}

@test "repro: the programs' settings are those of the bundle" {
    waypost set field authz_offload=0 node_ip=10.9.8.7 enable_periodic_report=1
    waypost capture --lab field -o there --flow client 10.96.0.5:443
    waypost capture --lab field --redact -o redacted
    waypost reset field
    expect_equal "in the bundle" '[0,"10.9.8.7",null,1]' \
        "$(jq -c '.settings | [.authz_offload, .node_ip, .pod_gateway, .enable_periodic_report]' there/node.json)"
    expect_match "redacted" "198.18.*" "$(jq -r .settings.node_ip redacted/node.json)"
    # shellcheck disable=SC2016 # the shell of repro expands it
    printf '#!/bin/sh\n"%s" set "$LAB" -j >settings\n' "$WAYPOST" >shell && chmod +x shell
    SHELL=$PWD/shell field 0 repro there --shell
    expect_equal "in the lab" '[["authz_offload",0],["node_ip","10.9.8.7"]]' \
        "$(jq -sc 'flatten | [.[] | select(.name == "authz_offload" or .name == "node_ip") | [.name, .value]]' settings)"
    sed -i 's/"authz_offload": 0/"authz_offload": "no"/' there/node.json
    field 2 repro there
}

@test "repro: a client that is not managed is left alone, and so is expected" {
    field 0 repro "$BUNDLE" --flow 10.128.0.9 10.96.0.5:443 -j
    expect_equal "what is expected" '["MG-5","untouched"]' \
        "$(jq -c '.connects[0].expected | [.row, .outcomes[].kind]' <<<"$output")"
}

@test "repro: the objects in the bundle are used" {
    waypost capture --lab field -o own --objects "${WAYPOST%/*}/bpf/datapath" \
        --flow client 10.96.0.5:443
    # Of programs that are not all there the rest is not taken from elsewhere.
    cp -r own wrong
    cp "$PLANTED/port/cgroup_connect4.bpf.o" wrong/objects/
    field 2 repro wrong
    expect_one_line "*is damaged*"
    field 0 repro own
}

@test "repro: bad flows and bundles are one line, exit code 2" {
    field 2 repro nowhere
    expect_one_line "*cannot open the bundle 'nowhere'*"
    field 2 repro "$BUNDLE" --flow nobody 10.96.0.5:443
    expect_one_line "*knows no pod 'nobody'*"
    field 2 repro "$BUNDLE" --flow client 0.0.0.2:930
    expect_one_line "*a flow to 0.0.0.2:930 is a command*"
    field 2 repro "$BUNDLE" --flow client 10.96.0.5
    expect_one_line "*must be FROM ADDRESS:PORT*"
    waypost capture --lab field -o quiet
    field 2 repro quiet
    expect_one_line "*lists no flows*"
}

@test "repro: programs that cannot be loaded are exit code 3" {
    mkdir empty
    field 3 repro "$BUNDLE" --objects empty
}

@test "repro: damaged, of another version, pointing outside: one line each" {
    head -c 3000 "$BUNDLE" >cut.tar.zst
    field 2 repro cut.tar.zst
    expect_one_line "*cut.tar.zst*"
    waypost capture --lab field -o there
    sed -i 's/"waypost_bundle": 1/"waypost_bundle": 9/' there/manifest.json
    field 2 repro there
    expect_one_line "*is a bundle of version 9*"
    mkdir up && tar -C up -cf - -P --transform 's,.*,../outside,' /etc/hostname | zstd -q >out.tar.zst
    field 2 repro out.tar.zst
    expect_one_line "*a file that no bundle has, '../outside'*"
    [[ ! -e ../outside ]]
}

# --- shrink ------------------------------------------------------------------------------------

# expect_small: at most three pods and six map entries are left.
expect_small() {
    [[ $output =~ ([0-9]+)\ pods\ and\ ([0-9]+)\ map\ entries ]] || die "no figures: $output"
    ((BASH_REMATCH[1] <= 3 && BASH_REMATCH[2] <= 6)) || die "not small" "3 pods, 6 entries" "${BASH_REMATCH[0]}"
}

# expect_regression BUG: the written test fails with the bug, and passes without.
expect_regression() {
    local status=0
    mkdir -p tree/suites tree/topologies tree/bpf
    ln -s "$FIELD_ROOT/suites/lib" tree/suites/lib
    cp shrunk.bats tree/suites/990-shrunk.bats
    cp shrunk.yaml tree/topologies/
    inner_bats "$1" || status=$?
    expect_equal "the test with the bug" 1 "$status"
    status=0
    inner_bats "" || status=$?
    expect_equal "the test without the bug" 0 "$status"
}

# inner_bats BUG: the own programs where it is empty.
inner_bats() {
    local own=${WAYPOST%/*}/bpf
    rm -rf objects && mkdir objects
    cp -r "$own/witness" "$own/datapath" objects/
    [[ -z $1 ]] || cp "$PLANTED/$1/cgroup_connect4.bpf.o" objects/datapath/
    env -i PATH="$PATH" TMPDIR="$BATS_TEST_TMPDIR" WAYPOST="$WAYPOST" WAYPOST_OBJECTS="$PWD/objects" \
        WAYPOST_STATE="${WAYPOST_STATE:-/run/waypost}" WAYPOST_RUN_ID="${WAYPOST_RUN_ID:-hand}" \
        ${WAYPOST_CGROUP:+WAYPOST_CGROUP="$WAYPOST_CGROUP"} \
        "$BATS_ROOT/bin/bats" --tap tree/suites/990-shrunk.bats >inner.tap 2>&1 3>&- </dev/null
}

@test "shrink: a wrong port pair" {
    field 0 shrink "$BUNDLE" --objects "$PLANTED/port" --mix
    expect_small
    expect_regression port
}

@test "shrink: a TLV lost on a second connect" {
    field 0 shrink "$BUNDLE" --objects "$PLANTED/tlv" --mix \
        --flow client 10.96.0.8:80,10.96.0.8:80
    expect_small
    expect_regression tlv
}

@test "shrink: an endpoint index off by one" {
    field 0 shrink "$BUNDLE" --objects "$PLANTED/index" --mix
    expect_small
    expect_regression index
}

@test "shrink: DNS over TCP that is not sent to the proxy" {
    field 0 shrink "$BUNDLE" --objects "$PLANTED/dns" --mix --flow client 10.96.0.5:53
    expect_small
    expect_equal "the topology's proxy" "dns_proxy: dns" "$(grep dns_proxy shrunk.yaml)"
    expect_regression dns
}

@test "shrink: nothing goes wrong, nothing is written" {
    field 1 shrink "$BUNDLE"
    expect_one_line "*nothing to shrink*"
    [[ ! -e shrunk.yaml && ! -e shrunk.bats ]]
}
