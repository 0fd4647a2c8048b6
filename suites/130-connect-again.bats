#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What an earlier connect, an open connection or another state of the maps must not leave behind.

load lib/waypost

setup_file() {
    lab_up waypoint-down
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

@test "CN-12 a socket that was refused by a waypoint, connected to another: its own destination" {
    keep again client refused:80
    expect_errno ECONNREFUSED connect
    flow client web:80 --socket again
    expect_waypoint waypoint:15008 web:80
}

@test "CN-12 a socket that was refused by a waypoint, connected directly: no TLV" {
    keep again client refused:80
    expect_errno ECONNREFUSED connect
    keep again client web1:8080
    expect_untouched
    expect_backend web1:8080
    expect_sockets 0
}

@test "CN-12 a socket that was refused by a waypoint, connected to a backend: no TLV" {
    keep again client refused:80
    expect_errno ECONNREFUSED connect
    keep again client plain:80
    expect_backend web1:8080
    expect_sockets 0
}

@test "CN-12 a socket that was refused directly, connected to a waypoint: a TLV" {
    keep again client web1:9
    expect_errno ECONNREFUSED connect
    flow client web:80 --socket again
    expect_waypoint waypoint:15008 web:80
}

@test "CN-12 disconnected from a waypoint, connected to it for another destination" {
    keep again client web:80
    expect_waypoint waypoint:15008 web:80
    flow client guarded:8080 --socket again --disconnect
    expect_waypoint waypoint:15008 guarded:8080
}

@test "CN-12 disconnected from a waypoint, connected directly: no TLV, not in km_socket" {
    keep again client web:80
    expect_waypoint waypoint:15008 web:80
    keep again client web1:8080 --disconnect
    expect_untouched
    expect_backend web1:8080
    expect_sockets 0
}

@test "CN-12 disconnected before anything was sent, connected directly: no TLV" {
    keep again client web:80 --bytes 0
    expect_sockets 1
    flow client web1:8080 --socket again --disconnect
    expect_untouched
    expect_backend web1:8080
}

@test "CN-12 disconnected from a backend, connected to a waypoint: a TLV" {
    keep again client plain:80
    expect_backend web1:8080
    flow client web:80 --socket again --disconnect
    expect_waypoint waypoint:15008 web:80
}

@test "CN-12 the same destination three times on one socket: a TLV each time" {
    keep again client web:80
    expect_waypoint waypoint:15008 web:80
    keep again client web:80 --disconnect
    expect_waypoint waypoint:15008 web:80
    keep again client web:80 --disconnect --bytes 0
    expect_sockets 1
    go_on again client
    expect_waypoint waypoint:15008 web:80
}

@test "CN-12 a socket of a pod that was disabled in between: no TLV" {
    keep again client web:80
    expect_waypoint waypoint:15008 web:80
    manage client disable
    flow client guarded:8080 --socket again --disconnect
    expect_untouched
    expect_backend guarded:8080
}

@test "CN-15 a service that gets a waypoint: at the next connect, not on the open connection" {
    keep open client plain:80
    expect_backend web1:8080
    map_set km_frontend '{"address": "plain"}' '{"upstream": "web"}'
    go_on open client
    expect_backend web1:8080
    flow client plain:80
    expect_waypoint waypoint:15008 plain:80
}

@test "CN-15 a service that loses its waypoint: at the next connect, not on the open connection" {
    keep open client web:80
    expect_waypoint waypoint:15008 web:80
    map_set km_service '{"id": "web"}' '{"waypoint": null, "waypoint_port": 0}'
    go_on open client
    expect_waypoint waypoint:15008 web:80
    flow client web:80
    expect_backend web1:8080
}

@test "CN-15 a pod that gets a waypoint: at the next connect" {
    flow client web1:8080
    expect_untouched
    expect_backend web1:8080
    map_set km_backend '{"uid": "web1"}' '{"waypoint": "waypoint", "waypoint_port": 15008}'
    flow client web1:8080
    expect_waypoint waypoint:15008 web1:8080
}

@test "CN-15 a waypoint that moves to another port: at the next connect" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    map_set km_backend '{"uid": "guarded"}' '{"waypoint_port": 9}'
    flow client guarded:8080
    expect_errno ECONNREFUSED connect
    expect_seen "where the programs sent the connect" hooks_after_name waypoint:9
}

@test "CN-15 changed before the first byte is sent: the TLV carries what was asked for" {
    keep open client web:80 --bytes 0
    map_delete km_frontend '{"address": "web"}'
    map_delete km_service '{"id": "web"}'
    go_on open client
    expect_waypoint waypoint:15008 web:80
}
