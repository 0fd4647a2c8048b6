#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An IPv6 address is set whichever of its words are zero.

load lib/waypost

setup_file() {
    lab_up ipv6-words
}

teardown_file() {
    lab_down
}

# bats file_tags=no-v4,no-mapped

@test "CN-10 a waypoint whose address is zero but for its second word" {
    flow client to-second:80
    expect_waypoint second:15008 to-second:80
}

@test "CN-10 a waypoint whose address is zero but for its third word" {
    flow client to-third:80
    expect_waypoint third:15008 to-third:80
}

@test "CN-10 a waypoint whose address is zero but for its fourth word" {
    flow client to-fourth:80
    expect_waypoint fourth:15008 to-fourth:80
}

@test "CN-10 a waypoint whose address has its first and its last word" {
    flow client to-ends:80
    expect_waypoint ends:15008 to-ends:80
}

@test "CN-10 a waypoint whose address has all words but the last" {
    flow client to-without-last:80
    expect_waypoint without-last:15008 to-without-last:80
}
