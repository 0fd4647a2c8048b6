#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The addresses that real clusters have: several of a family for one name, and reserved ones.

load lib/waypost

setup_file() {
    lab_up addresses
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

# asks V4 V6 PORT: the address of this run's family with the port, in $to.
asks() {
    to=$1:$3
    [[ $WAYPOST_FAMILY != v6 ]] || to="[$2]:$3"
}

@test "CN-3 a service of three addresses: each of them leads to its endpoint" {
    local to
    flow client shop:80
    expect_backend web1:8080
    asks 10.53.0.7 fd00:53::7 80
    flow client "$to"
    expect_backend web1:8080
    asks 192.0.2.40 2001:db8::40 80
    flow client "$to"
    expect_backend web1:8080
}

@test "CN-1 an address beside those of a service is nobody's" {
    local to
    asks 10.53.0.7 fd00:53::7 80
    flow client "$to"
    expect_backend web1:8080
    asks 10.53.0.9 fd00:53::9 80
    flow client "$to"
    expect_errno EHOSTUNREACH connect
    expect_untouched
}

@test "CN-2 a service of two addresses: the TLV carries the one that was asked for" {
    local to
    asks 10.43.0.8 fd00:43::8 80
    flow client led:80
    expect_waypoint gateway:15008 led:80
    expect_seen "the TLV's destination" listener_tlv_destination_plain "$to"
    asks 10.53.0.8 fd00:53::8 80
    flow client "$to"
    expect_waypoint gateway:15008 led:80
    expect_seen "the TLV's destination" listener_tlv_destination_plain "$to"
}

@test "CN-15 of a service's addresses one is taken away, the other stays" {
    local to
    asks 10.53.0.8 fd00:53::8 80
    map_delete km_frontend '{"address": "led"}'
    flow client led:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    flow client "$to"
    expect_waypoint gateway:15008 led:80
}

@test "MG-1 a pod of several addresses is enabled with its first" {
    expect_manage web1 cookie v4 v6
    expect_count km_manage 6
    flow web1 led:80
    expect_waypoint gateway:15008 led:80
}

@test "CN-6 a pod of two addresses is reached at each" {
    local to
    flow client web1:8080
    expect_untouched
    expect_backend web1:8080
    asks 10.99.0.10 fd00:99::10 8080
    flow client "$to"
    expect_untouched
    expect_seen "the client's peer" client_peer_name web1:8080
    expect_seen "the pod that accepted" listener_pod web1
}

# bats test_tags=no-v6
@test "CN-2 a service of 240.0.0.0/4: a waypoint flow, its TLV carries that address" {
    flow client automatic:80
    expect_waypoint gateway:15008 automatic:80
    expect_seen "the TLV's destination" listener_tlv_destination_plain 240.240.0.6:80
}

# bats test_tags=no-v4,no-mapped
@test "CN-2 a service of 2001:2::/48: a waypoint flow, its TLV carries that address" {
    flow client automatic:80
    expect_waypoint gateway:15008 automatic:80
    expect_seen "the TLV's destination" listener_tlv_destination_plain '[2001:2::6]:80'
}

# bats test_tags=no-v6
@test "CN-3 a service of 240.0.0.0/4 without a waypoint leads to its endpoint" {
    flow client last:80
    expect_backend web1:8080
}

# bats test_tags=no-v6
@test "CN-2 a service of 169.254.0.0/16: a waypoint flow, its TLV carries that address" {
    flow client metadata:80
    expect_waypoint gateway:15008 metadata:80
    expect_seen "the TLV's destination" listener_tlv_destination_plain 169.254.169.254:80
}

@test "LB-2 passthrough, a policy that no datapath knows: untouched" {
    require_layout km_service
    flow client passthrough:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    map_set km_service '{"id": "passthrough"}' '{"policy": 0}'
    flow client passthrough:80
    expect_backend web1:8080
}

# bats test_tags=once
@test "CN-3 a lab that is shown says how many more addresses there are" {
    waypost show "$LAB"
    expect_match "the service" "*shop *10.43.0.7 +2 *fd00:43::7 +2 *random*" "$output"
    expect_match "the policy that has no name" "*passthrough *10.96.0.6 *3 *80:8080*" "$output"
}
