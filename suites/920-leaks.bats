#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The check behind every file of the suites: what is left of a lab after it was taken down. Each kind
# of leak is planted once.
# bats file_tags=once
# shellcheck disable=SC2030,SC2031 # every test is a process of its own

load lib/waypost

# complain COMMAND…: it has to fail; what it said is in $output.
complain() {
    local failed=0
    output=$("$@" 2>&1 3>&-) || failed=1
    [[ $failed -eq 1 ]] || die "this should have complained: $*"
}

# Where the lab of that name has its cgroups.
find_cgroup() {
    local path type _
    while read -r _ path type _; do
        [[ $type != cgroup2 ]] || cgroup=$path/waypost/${WAYPOST_RUN_ID:-hand}/$1
    done </proc/self/mounts
    [[ -n $cgroup ]] || die "there is no cgroup2"
}

@test "nothing left: no complaint" {
    LAB=leaks
    expect_no_leak
    lab_up modes
    WAYPOST_KEEP='' lab_down
}

@test "a namespace that is left is a leak" {
    LAB=leaks
    : >/run/netns/waypost.leaks.client
    complain expect_no_leak
    rm /run/netns/waypost.leaks.client
    expect_match "the complaint" "*lab leaks*left: /run/netns/waypost.leaks.client*" "$output"
    expect_no_leak
}

@test "a cgroup that is left is a leak" {
    local cgroup
    LAB=leaks
    find_cgroup leaks
    mkdir -p "$cgroup/node"
    complain expect_no_leak
    rmdir "$cgroup/node" "$cgroup"
    expect_match "the complaint" "*left: *$cgroup*" "$output"
    expect_no_leak
}

@test "a pin that is left is a leak" {
    local pins=${WAYPOST_BPFFS:-/sys/fs/bpf}/waypost
    LAB=leaks
    mkdir -p "$pins/leaks"
    complain expect_no_leak
    rmdir "$pins/leaks"
    expect_match "the complaint" "*left: $pins/leaks*" "$output"
    expect_no_leak
}

@test "a program that somebody still holds is a leak, and is named" {
    local pin=${WAYPOST_BPFFS:-/sys/fs/bpf}/left id
    lab_up modes --no-agents
    leak_remember
    id=${output##* }
    bpftool prog pin id "$id" "$pin" 3>&-
    waypost down "$LAB"
    WAYPOST_LEAK_LIMIT=50000 complain expect_no_leak
    rm "$pin"
    expect_match "the complaint" "*left: program $id*" "$output"
    expect_no_leak
}

@test "a file of the lab that is left is a leak" {
    local state=${WAYPOST_STATE:-/run/waypost}
    LAB=leaks
    mkdir "$state/leaks"
    complain expect_no_leak
    rmdir "$state/leaks"
    expect_match "the complaint" "*left: $state/leaks*" "$output"
}
