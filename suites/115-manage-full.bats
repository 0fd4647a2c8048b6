#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# km_manage with room for four entries: a pod takes one for its cookie and one for each address.
# Nobody is managed at first.

load lib/waypost

setup_file() {
    lab_up small-maps
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

# Three of the four entries are taken.
manage_client1() {
    manage client1 enable --family v4
    manage client1 enable --family v6
    expect_manage client1 cookie v4 v6
    refute_log error
}

@test "MG-9 room for the cookie and not for the address: not managed, and neither is left" {
    manage_client1
    manage client2 enable
    expect_log error "cannot be managed"
    expect_manage client2
    expect_manage client1 cookie v4 v6
}

@test "MG-9 no room at all: not managed, an error in the log" {
    manage_client1
    map_set km_manage '{"address": "192.0.2.1"}' '{"value": 0}'
    manage client2 enable
    expect_log error "cannot be managed"
    expect_manage client2
    expect_manage client1 cookie v4 v6
}

@test "MG-9 the pod that was refused is untouched, the one that was there before is redirected" {
    allow_log "cannot be managed"
    manage_client1
    manage client2 enable
    flow client2 web1:8080
    expect_untouched
    expect_backend web1:8080
    flow client2 web:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    flow client1 web:80
    expect_waypoint waypoint:15008 web:80
}

@test "MG-9 a second address that does not fit: the pod stays managed by its first" {
    other_family
    manage client1 enable
    manage client2 enable
    manage client2 enable --family "$OTHER"
    expect_log error "cannot be managed"
    expect_managed client2 yes "$OWN"
    expect_managed client1 yes "$OWN"
    flow client2 web:80
    expect_waypoint waypoint:15008 web:80
}

@test "MG-9 enabling again who is managed already needs no room" {
    manage client1 enable
    manage client2 enable
    manage client1 enable
    refute_log error
    manage client3 enable
    expect_log error "cannot be managed"
    expect_manage client3
}

@test "MG-9 when there is room again the same pod is managed" {
    allow_log "cannot be managed"
    manage_client1
    manage client2 enable
    expect_manage client2
    manage client1 disable
    manage client2 enable
    flow client2 web:80
    expect_waypoint waypoint:15008 web:80
}
