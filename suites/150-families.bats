#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What can be confused: the families of one pod, two addresses of one pod, a service and a pod that
# share a number. The maps are written for the family of the run; a flow of the other family finds
# backends and waypoints without an address for it.

load lib/waypost

setup_file() {
    lab_up families
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    other_family
}

# expect_together ASKED:PORT: redirected with a TLV, or untouched without one.
expect_together() {
    observed hooks_after_name
    if [[ $output == "$1" ]]; then
        expect_untouched
    else
        expect_waypoint waypoint:15008 "$1"
    fi
}

# expect_refused: connect() said so, with whatever errno, and nobody's address was made up.
expect_refused() {
    expect_seen "where it failed" client_stage connect
    expect_untouched
}

# second_address: $SECOND becomes an address of the pod `client`, too.
second_address() {
    local first prefix=32
    observed client_local_plain
    SECOND=10.128.77.1
    [[ $WAYPOST_FAMILY != v6 ]] || SECOND=fd00:128:77::1 prefix=128
    first=${output%:*} first=${first//[\[\]]/}
    # An IPv6 address is made usable by a worker of the kernel, later; this route is there at once.
    [[ $WAYPOST_FAMILY != v6 ]] || exec_ok client ip -6 route replace local "$SECOND" dev eth0
    exec_ok client ip addr replace "$SECOND/$prefix" dev eth0 nodad
    exec_ok node ip route replace "$SECOND" via "$first"
}

@test "CN-16 enabled over the other family only: redirect and TLV, or neither" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    manage client disable --family v4
    manage client disable --family v6
    manage client enable --family "$OTHER"
    flow client guarded:8080
    expect_together guarded:8080
}

@test "CN-16 enabled over both families, disabled over the other: redirect and TLV, or neither" {
    manage client disable --family "$OTHER"
    flow client guarded:8080
    expect_together guarded:8080
    manage client disable
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "CN-16 a client bound to a secondary address of its pod: redirect and TLV, or neither" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    second_address
    flow client guarded:8080 --from "$SECOND"
    expect_seen_like "the client's address" client_local_plain "*$SECOND*"
    expect_together guarded:8080
}

@test "CN-16 a pod whose address entry was lost: redirect and TLV, or neither" {
    map_delete km_manage '{"address": "client"}'
    expect_manage client cookie "$OTHER"
    flow client guarded:8080
    expect_together guarded:8080
}

@test "CN-16 a pod whose cookie entry was lost: redirect and TLV, or neither" {
    map_delete km_manage '{"cookie": "client"}'
    flow client guarded:8080
    expect_together guarded:8080
}

@test "CN-17 a backend without an address of the socket's family is not used" {
    flow client plain:80
    expect_backend web1:8080
    flow client plain:80 --family "$OTHER"
    expect_refused
}

@test "CN-17 of a service's endpoints only those of the socket's family are used" {
    connect_many 40 client pair:80
    expect_peers "only${OWN#v}:8080"
}

@test "CN-17 no backend's address is made of another family's bytes" {
    flow client plain:80
    expect_backend web1:8080
    map_set km_backend '{"uid": "web1"}' "{\"address\": \"web1/$OTHER\"}"
    flow client plain:80
    expect_refused
}

@test "CN-17 a waypoint without an address of the socket's family: refused, never passed by" {
    allow_log "its waypoint has no"
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    flow client web:80 --family "$OTHER"
    expect_refused
}

@test "CN-17 no waypoint's address is made of another family's bytes" {
    allow_log "its waypoint has no"
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    map_set km_backend '{"uid": "guarded"}' "{\"waypoint\": \"waypoint/$OTHER\"}"
    flow client guarded:8080
    expect_refused
}

@test "CN-17 a service's waypoint port without an address is no waypoint" {
    map_set km_service '{"id": "web"}' '{"waypoint": null}'
    flow client web:80
    expect_backend web1:8080
}

@test "CN-17 a pod's waypoint port without an address is no waypoint" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    map_set km_backend '{"uid": "guarded"}' '{"waypoint": null}'
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "CN-17 a waypoint's address without a port is no waypoint" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    map_set km_backend '{"uid": "guarded"}' '{"waypoint_port": 0}'
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "CN-18 a service whose id is a pod's uid: the service's backend" {
    flow client same:80
    expect_backend web1:8080
}

@test "CN-18 a pod whose uid is a service's id: the number means the service" {
    flow client twin:8080
    expect_backend web1:8080
}

@test "CN-18 an endpoint's uid means the backend, whatever service has that number" {
    flow client via:80
    expect_backend twin:8080
}

@test "CN-18 a number that was a service's and a pod's means the pod when the service is gone" {
    flow client via:80
    expect_backend twin:8080
    map_delete km_service '{"id": "via"}'
    flow client via:80
    expect_waypoint waypoint:15008 via:80
}
