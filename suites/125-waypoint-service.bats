#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A waypoint whose address is itself a service's. The connect hook resolves it; a second TLV, a
# connection to the service's own address, or a loop would all show.

load lib/waypost

setup_file() {
    lab_up waypoint-service
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

# expect_waypoint_or_refused WAYPOINT:PORT ASKED:PORT: where a chain of waypoints that leads back ends is
# left open; that it ends is not, nor that nobody is reached without a TLV.
expect_waypoint_or_refused() {
    need_tlv
    observed client_errno
    [[ -n $output ]] || expect_waypoint "$@"
    expect_seen "the client was left waiting" client_deadline false
}

@test "CN-9 the waypoint is a service: one of its pods, its target port, one TLV" {
    flow client web:80
    expect_waypoint waypoint1:15018 web:80
}

@test "CN-9 a pod whose waypoint is a service" {
    flow client guarded:8080
    expect_waypoint waypoint1:15018 guarded:8080
}

@test "CN-9 a backend whose waypoint is a service: the TLV carries the first destination" {
    flow client mixed:80
    expect_waypoint waypoint1:15018 mixed:80
}

@test "CN-9 the waypoint's service asked for directly: its pod, and no TLV" {
    flow client waypoint:15008
    expect_backend waypoint1:15018
}

@test "CN-9 a waypoint that names itself does not loop" {
    flow client self:15008
    expect_waypoint_or_refused waypoint1:15018 self:15008
}

@test "CN-9 two waypoints that name each other do not loop" {
    flow client ping:15008
    expect_waypoint_or_refused waypoint2:15018 ping:15008
    flow client pong:15008
    expect_waypoint_or_refused waypoint1:15018 pong:15008
}

@test "CN-9 the waypoint's service has a waypoint of its own: one TLV, with the first destination" {
    map_set km_frontend '{"address": "waypoint"}' '{"upstream": "pong"}'
    flow client web:80
    expect_waypoint waypoint2:15018 web:80
}

@test "CN-9 a service may be its own waypoint at a port that it does not have: refused, no bypass" {
    map_set km_service '{"id": "self"}' '{"waypoint_port": 15009}'
    flow client self:15008
    expect_errno ECONNREFUSED connect
    expect_seen "where the programs sent the connect" hooks_after_name self:15009
}
