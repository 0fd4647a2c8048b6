#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Two nodes, each with a datapath and maps of its own.

load lib/waypost

setup_file() {
    lab_up two-nodes
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

@test "CN-2 the waypoint on another node" {
    flow client1 web:80
    expect_waypoint waypoint:15008 web:80
}

@test "CN-2 the waypoint on the client's own node" {
    flow client2 web:80
    expect_waypoint waypoint:15008 web:80
}

@test "CN-3 a backend on another node" {
    map_set km_endpoint '{"service": "plain", "priority": 0, "index": 1}' '{"uid": "web2"}' --node node1
    flow client1 plain:80
    expect_backend web2:8080
}

@test "MG-5 pods of one node are not in the other's km_manage" {
    expect_count km_manage 6 --node node1
    expect_count km_manage 6 --node node2
    manage client2 disable --family v4
    manage client2 disable --family v6
    expect_count km_manage 6 --node node1
    expect_count km_manage 3 --node node2
    flow client1 web:80
    expect_waypoint waypoint:15008 web:80
}

@test "CN-2 a waypoint flow is in its client's node's km_socket only" {
    keep far client1 web:80 --bytes 0
    expect_sockets 1 --node node1
    expect_sockets 0 --node node2
}

@test "CN-15 a map of one node says nothing to the other's pods" {
    map_delete km_frontend '{"address": "web"}' --node node2
    flow client2 web:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    flow client1 web:80
    expect_waypoint waypoint:15008 web:80
}
