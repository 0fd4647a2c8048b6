# SPDX-License-Identifier: Apache-2.0
# For the tests of capture, repro and shrink: a cluster of some size, and the suite's own programs
# with a bug planted in a copy.

# shellcheck shell=bash

FIELD_ROOT=${BASH_SOURCE[0]%/suites/lib/*}

# cluster SERVICES ENDPOINTS-EACH PODS: a topology on stdout. Every tenth service has a waypoint.
cluster() {
    local -i s e next=0
    local endpoints
    printf 'pods:\n  - name: client\n  - {name: waypoint, managed: false, listeners: [{port: 15008}]}\n'
    for ((s = 0; s < $3; s++)); do
        printf '  - {name: p%d, managed: false, listeners: [{port: 8080}, {port: 8443}]}\n' "$s"
    done
    printf 'services:\n'
    for ((s = 0; s < $1; s++)); do
        endpoints=
        for ((e = 0; e < $2; e++)); do
            endpoints+="${endpoints:+, }{pod: p$((next++ % $3))}"
        done
        printf '  - name: s%d\n    ports: [{port: 80, target: 8080}, {port: 443, target: 8443}]\n' "$s"
        printf '    endpoints: [%s]\n' "$endpoints"
        ((s % 10 != 7)) || printf '    waypoint: {pod: waypoint, port: 15008}\n'
    done
}

# plant NAME FILE EXPRESSION: the connect program with a line of FILE changed by sed, as the only
# object of $BATS_FILE_TMPDIR/NAME: the rest comes with --mix.
_plant() {
    local source=$BATS_FILE_TMPDIR/$1.source headers
    mkdir "$source" "$BATS_FILE_TMPDIR/$1"
    cp -r "$FIELD_ROOT/bpf/datapath" "$source"
    sed -i -E "$3" "$source/datapath/$2"
    ! cmp -s "$source/datapath/$2" "$FIELD_ROOT/bpf/datapath/$2" || die "no line of $2 is like $3"
    headers=(/usr/include/*/asm/types.h)
    exec_clang -target bpfel-unknown-linux -O2 -g -I"$source" -isystem "${headers[0]%/asm/types.h}" \
        -c -o "$BATS_FILE_TMPDIR/$1/cgroup_connect4.bpf.o" "$source/datapath/cgroup_connect4.bpf.c"
}

exec_clang() {
    clang "$@" 3>&- 2>&1 || die "the changed program does not compile"
}

# The three bugs: a wrong port pair, a TLV that is lost on a second connect, an endpoint index off
# by one.
_plant_all() {
    plant port resolve.h 's/return service->targets\[i\]\.port;/return service->targets[i ? i - 1 : 0].port;/'
    plant tlv connect.h 's/^ *bpf_sk_storage_delete\(&km_sockstorage, sk\);/        return;/'
    plant index balance.h 's/% b->count \+ 1;/% b->count + 2;/'
}

# field STATUS VERB ARGUMENT…: runs waypost; the exit code has to be that. What it printed is in
# $output.
_field() {
    local status=0 expected=$1
    shift
    STEPS+=("waypost $*")
    output=$("$WAYPOST" "$@" 2>&1 3>&- </dev/null) || status=$?
    [[ $status -eq $expected ]] || die "waypost $1: $output" "exit code $expected" "$status"
}

# expect_one_line PATTERN: what it said is one line, like this.
_expect_one_line() {
    [[ $output != *$'\n'* ]] || die "more than one line: $output"
    expect_match "what it said" "$1" "$output"
}

# state: ids, contents and references of what a lab has in the kernel.
_state() {
    local map maps=/sys/fs/bpf/waypost/$LAB/node
    bpftool map show pinned "$maps/maps/km_frontend" 3>&-
    for map in "$maps"/maps/*; do
        "$WAYPOST" map "$LAB" dump "${map##*/}" 2>/dev/null 3>&- || true
    done
    for map in "$maps"/programs/*; do
        bpftool -j prog show pinned "$map" 3>&- | jq -c 'del(.run_time_ns, .run_cnt)'
    done
    find "$maps" -printf '%p %i %m %n\n'
}

untraced plant plant_all field expect_one_line state
