#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Does the kernel take the programs? One that it refuses fails here, with the verifier's own words; the
# tests that need it are skipped, and all others run.
# bats file_tags=once

load lib/waypost

setup_file() {
    lab_up one-waypoint
}

teardown_file() {
    lab_down
}

@test "LD-PROGRAM cgroup_connect4_prog: the kernel takes it, and it is attached" {
    expect_program cgroup_connect4_prog
}

@test "LD-PROGRAM cgroup_connect6_prog: the kernel takes it, and it is attached" {
    expect_program cgroup_connect6_prog
}

@test "LD-PROGRAM sockops_prog: the kernel takes it, and it is attached" {
    expect_program sockops_prog
}

@test "LD-PROGRAM sendmsg_prog: the kernel takes it, and it is attached" {
    expect_program sendmsg_prog
}

@test "LD-PROGRAM cgroup_skb_egress_prog: the kernel takes it, and it is attached" {
    expect_program cgroup_skb_egress_prog
}
