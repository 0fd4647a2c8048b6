#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The rows over values at which a byte or a word is zero, or at its end (lib/edges.bash). A report names the value
# in its `did:` lines.

load lib/waypost
load lib/edges

setup_file() {
    lab_up edges
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

# --- ports -----------------------------------------------------------------------------------------

@test "CN-2 a waypoint at a port with a zero byte, and at the last port" {
    local port
    for port in "${EDGE_PORTS[@]}"; do
        flow client "by-$port:80"
        expect_waypoint "waypoint:$port" "by-$port:80"
    done
}

@test "CN-4 service ports and target ports with a zero byte: each goes to its own" {
    local -i i n=${#EDGE_PORTS[@]}
    for ((i = 0; i < n; i++)); do
        flow client "ports:${EDGE_PORTS[i]}"
        expect_backend "server:${EDGE_PORTS[(i + 1) % n]}"
    done
    flow client ports:2
    expect_errno ECONNREFUSED connect
    expect_untouched
}

@test "TL-1 the asked port with a zero byte is in the TLV as it was asked for" {
    local port
    for port in "${EDGE_PORTS[@]}"; do
        flow client "by-1:$port"
        expect_waypoint waypoint:1 "by-1:$port"
    done
}

@test "CN-5 a pod's waypoint at a port with a zero byte, asked at each of them" {
    local port
    for port in "${EDGE_PORTS[@]}"; do
        flow client "server:$port"
        expect_backend "server:$port"
        map_set km_backend '{"uid": "server"}' "{\"waypoint\": \"waypoint\", \"waypoint_port\": $port}"
        flow client "server:$port"
        expect_waypoint "waypoint:$port" "server:$port"
        map_set km_backend '{"uid": "server"}' '{"waypoint": null, "waypoint_port": 0}'
    done
}

# --- ids -------------------------------------------------------------------------------------------

@test "CN-3 a service's id and a backend's uid that do not fit a byte or two" {
    local id
    for id in "${EDGE_IDS[@]}"; do
        flow client "id-$id:80"
        expect_backend "uid-$id:8080"
    done
}

@test "CN-3 an endpoint whose uid is 0, the DNS proxy's" {
    flow client proxied:80
    expect_backend proxy:8080
}

# The service of that number goes first: its id would be meant (CN-18).
@test "CN-5 a backend's uid that does not fit a byte or two: its waypoint" {
    local id
    for id in "${EDGE_IDS[@]}"; do
        map_delete km_service "{\"id\": $id}"
        map_set km_backend "{\"uid\": $id}" '{"waypoint": "waypoint", "waypoint_port": 15008}'
        flow client "uid-$id:8080"
        expect_waypoint waypoint:15008 "uid-$id:8080"
    done
}

@test "CN-7 an endpoint's uid that does not fit a byte or two: its waypoint" {
    local id
    for id in "${EDGE_IDS[@]}"; do
        map_set km_backend "{\"uid\": $id}" '{"waypoint": "waypoint", "waypoint_port": 15008}'
        flow client "id-$id:80"
        expect_waypoint waypoint:15008 "id-$id:80"
    done
}

@test "CN-7 an endpoint whose uid is 0: its waypoint" {
    flow client proxied:80
    expect_backend proxy:8080
    map_set km_backend '{"uid": 0}' '{"waypoint": "waypoint", "waypoint_port": 15008}'
    flow client proxied:80
    expect_waypoint waypoint:15008 proxied:80
}

# --- counts ----------------------------------------------------------------------------------------

# endpoints N: of the service `many`: the first half is `server`, the second is `other`; both at least once
# where there are two.
endpoints() {
    local -i i
    local halves=(server other)
    for ((i = 1; i <= $1; i++)); do
        map_set km_endpoint "{\"service\": \"many\", \"priority\": 0, \"index\": $i}" \
            "{\"uid\": \"${halves[i * 2 > $1 + 1]}\"}"
    done
    map_set km_service '{"id": "many"}' "{\"counts\": [$1]}"
}

# 40 connections: one half is never used once in 10^11.
# bats test_tags=once
@test "LB-1 services of 1, 2, 10, 255, 256 and 300 endpoints: the first and the last half are used" {
    local count
    for count in "${EDGE_COUNTS[@]}"; do
        endpoints "$count"
        ask step "of $count endpoints"
        connect_many 40 client many:80
        if ((count == 1)); then
            expect_peers server:8080
        else
            expect_peers server:8080 other:8080
        fi
    done
}

# 200 connections: none of the 45 behind the 255th is used once in 10^14.
# bats test_tags=once
@test "LB-1 endpoints behind the 255th are used" {
    local -i i
    require_layout km_service
    endpoints 300
    for ((i = 1; i <= 255; i++)); do
        map_set km_endpoint "{\"service\": \"many\", \"priority\": 0, \"index\": $i}" '{"uid": "server"}'
    done
    connect_many 200 client many:80
    expect_peers server:8080 other:8080
}

# --- addresses -------------------------------------------------------------------------------------

@test "CN-3 service and backend with zeros in each place of their addresses" {
    local place
    for place in "${EDGE_ADDRESSES[@]}"; do
        flow client "to-$place:80"
        expect_backend "pod-$place:8080"
    done
}

@test "CN-2 service and waypoint with zeros in each place of their addresses" {
    local place
    for place in "${EDGE_ADDRESSES[@]}"; do
        flow client "led-$place:80"
        expect_waypoint "way-$place:15008" "led-$place:80"
    done
}

@test "CN-5 pod and waypoint with zeros in each place of their addresses" {
    local place
    for place in "${EDGE_ADDRESSES[@]}"; do
        flow client "pod-$place:8080"
        expect_backend "pod-$place:8080"
        map_set km_backend "{\"uid\": \"pod-$place\"}" "{\"waypoint\": \"way-$place\", \"waypoint_port\": 15008}"
        flow client "pod-$place:8080"
        expect_waypoint "way-$place:15008" "pod-$place:8080"
    done
}

@test "CN-7 a backend's waypoint with zeros in each place of its address" {
    local place
    for place in "${EDGE_ADDRESSES[@]}"; do
        map_set km_backend "{\"uid\": \"pod-$place\"}" "{\"waypoint\": \"way-$place\", \"waypoint_port\": 15008}"
        flow client "to-$place:80"
        expect_waypoint "way-$place:15008" "to-$place:80"
    done
}

@test "XD-2 a denied connection to a pod with zeros in each place of its address" {
    local place
    require_program xdp_authz
    for place in "${EDGE_ADDRESSES[@]}"; do
        keep "$place" client "pod-$place:8080"
        expect_backend "pod-$place:8080"
        observed client_local_plain client_peer_plain
        map_set km_auth_res "{\"client\": \"${output% *}\", \"server\": \"${output#* }\"}" '{"deny": 1}'
        go_on "$place" client --end keep --receive none --deadline 100
        expect_seen "bytes that reached pod-$place" listener_payload_bytes 64
    done
}
