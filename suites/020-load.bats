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

@test "LD-PROGRAM bpf_redirect_dns_send: the kernel takes it, and it is attached" {
    expect_program bpf_redirect_dns_send
}

@test "LD-PROGRAM bpf_restore_dns_recv: the kernel takes it, and it is attached" {
    expect_program bpf_restore_dns_recv
}

@test "LD-PROGRAM cgroup_skb_ingress_prog: the kernel takes it, and it is attached" {
    expect_program cgroup_skb_ingress_prog
}

@test "LD-PROGRAM cgroup_skb_egress_prog: the kernel takes it, and it is attached" {
    expect_program cgroup_skb_egress_prog
}

@test "LD-PROGRAM xdp_authz: the kernel takes it, and it is attached" {
    expect_program xdp_authz
}

@test "LD-PROGRAM policies_check: the kernel takes it, and it is attached" {
    expect_program policies_check
}

@test "LD-PROGRAM policy_check: the kernel takes it, and it is attached" {
    expect_program policy_check
}

@test "LD-PROGRAM xdp_shutdown_in_userspace: the kernel takes it, and it is attached" {
    expect_program xdp_shutdown_in_userspace
}
