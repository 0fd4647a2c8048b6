#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Is anything seriously wrong? One flow of every kind.

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

@test "CN-2 smoke: a service with a waypoint" {
    flow client web:80
    expect_waypoint waypoint:15008 web:80
}

@test "CN-3 smoke: a service without a waypoint" {
    flow client ports:1010
    expect_backend web1:8081
}

@test "CN-5 smoke: a pod with a waypoint" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
}

@test "CN-6 smoke: a pod without a waypoint" {
    flow client web1:8080
    expect_untouched
    expect_backend web1:8080
}

@test "MG-5 smoke: a pod that is not managed" {
    flow stranger guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "MG-2 smoke: disabled, and enabled again" {
    manage client disable
    flow client guarded:8080
    expect_backend guarded:8080
    manage client enable
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
}
