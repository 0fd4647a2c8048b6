# SPDX-License-Identifier: Apache-2.0
# For the tests of capture, repro and shrink: a cluster of some size, and the suite's own programs
# with a bug planted in a copy.

# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests

FIELD_ROOT=${BASH_SOURCE[0]%/suites/lib/*}

# cluster SERVICES ENDPOINTS-EACH PODS: a topology on stdout. Every tenth service has a waypoint;
# there is a DNS proxy.
cluster() {
    local -i s e next=0
    local endpoints
    printf 'pods:\n  - name: client\n  - {name: waypoint, managed: false, listeners: [{port: 15008}]}\n'
    printf '  - {name: dns, managed: false, listeners: [{port: 53}]}\n'
    for ((s = 0; s < $3; s++)); do
        printf '  - {name: p%d, managed: false, listeners: [{port: 8080}, {port: 8443}]}\n' "$s"
    done
    printf 'dns_proxy: dns\nservices:\n'
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

# The suite's own connect program with a bug in it, as the only object of a directory for each: the
# rest comes with --mix. (bpf/planted)
PLANTED=${WAYPOST%/*}/planted

# field STATUS VERB ARGUMENT…: runs waypost; the exit code has to be that. What it printed is in
# $output.
field() {
    local status=0 expected=$1
    shift
    ask step waypost "$@"
    output=$("$WAYPOST" "$@" 2>&1 3>&- </dev/null) || status=$?
    [[ $output != *"waypost: inconclusive: "* ]] || die "${output##*waypost: }"
    [[ $status -eq $expected ]] || die "waypost $1: $output" "exit code $expected" "$status"
}

# expect_one_line PATTERN: what it said is one line, like this.
expect_one_line() {
    [[ $output != *$'\n'* ]] || die "more than one line: $output"
    expect_match "what it said" "$1" "$output"
}

# state: ids, contents, pins and their times of what a lab has in the kernel, and how much of
# everything there is on the machine's side of it.
state() {
    local map maps=/sys/fs/bpf/waypost/$LAB/node
    bpftool map show pinned "$maps/maps/km_frontend" 3>&-
    for map in "$maps"/maps/*; do
        # Some maps cannot be read as a whole.
        (map_dump "${map##*/}" 2>/dev/null && printf '%s\n' "$output") || true
    done
    bpftool -fj prog show 3>&- | jq -c --arg pins "$maps/programs/" \
        '.[] | select(any(.pinned[]?; startswith($pins))) | del(.run_time_ns, .run_cnt)'
    find "$maps" -printf '%p %i %m %n %T@ %C@\n'
    bpftool -j link show 3>&- | jq -c --arg lab "$LAB" '.[] | select(any(.pinned[]?; contains($lab)))'
}
