#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# One line on what the file is about. Copy this file, number it by its area: 0xx smoke, 1xx manage and
# connect, 2xx TLV, 3xx DNS, 4xx sockops and authorization, 9xx the helpers' own tests. 20 to 40
# tests at most: files run side by side, the tests of one do not. docs/writing-a-test.md has more.
#
# Every test runs in each family that WAYPOST_FAMILY names. Tags say where it does not:
#   once                        it makes no sense three times
#   no-v4, no-v6, no-mapped     not in that one
#
# Never:
#   - a loop over v4, v6 and mapped: the runner makes it
#   - sleep, or a retry that waits for something to come true: a flow waits for events
#   - `! command` or `[[ … ]]` alone in the middle of a test: both pass always. refute, expect_…
#   - run, jq, grep: they fork. expect_seen compares what a flow saw; what a command printed is in $output
#   - a test of something that must not happen without its control: show first that it can happen
#   - "it fails": say how, by errno
#   - a process in the background with fd 3 open: `3>&-`, and end it in the test
#   - anything left behind: a helper that changes the lab says lab_changed, and so do you

load lib/waypost

setup_file() {
    lab_up one-waypoint
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

@test "CN-5 a pod with a waypoint: the flow goes there and carries its TLV" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
}

@test "MG-5 a pod that is not managed is untouched, where one that is goes to the waypoint" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    flow stranger guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

# What a test plants in the programs' maps is taken back before the next one.
@test "CN-8 a frontend whose id is nobody's is untouched" {
    map_set km_frontend '{"address": "guarded"}' '{"upstream": 424242}'
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}
