#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Which endpoint a service's connection goes to. Where it is chance that is tested, `flow --repeat`
# makes many connections in one request, and counts where they ended.

load lib/waypost

setup_file() {
    lab_up load-balancing
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

# each_usable_or_none N ASKED:PORT NAME:PORT…: N connections, each to one of these or untouched.
each_usable_or_none() {
    local -i i
    for ((i = 0; i < $1; i++)); do
        flow client "$2" --bytes 0
        expect_backend_or_untouched "${@:3}"
    done
}

# expect_in_proportion NAME:PORT…: 400 connections spread evenly over these, and over no other.
#
# A chi-squared test at p = 0.001 would fail once in 1000 runs where nothing is wrong. It fails here
# when three samples in a row are beyond that bound: once in 10^9. What is really wrong is beyond it
# in nearly every sample: an endpoint with twice its share makes about 51 where the bound is 16.27, one
# that is never used 136.
expect_in_proportion() {
    local -i n=400 sum
    local peer
    for _ in 1 2 3; do
        connect_many "$n" client random:80
        expect_peers "$@"
        sum=0
        observed client_peers_name
        for peer in $output; do
            sum+=$(((${peer##*=} * $# - n) ** 2))
        done
        # Three degrees of freedom; chi-squared is sum / (n * endpoints).
        ((sum * 100 > 1627 * n * $#)) || return 0
    done
    die "three samples of $n beyond p = 0.001" "$n / $# each" "$output"
}

@test "LB-1 random: every endpoint of priority 0 is used, in proportion, and no other" {
    allow_log "nobody reads km_auth_req"
    expect_in_proportion web1:8080 web2:8080 web3:8080 web4:8080
}

@test "LB-1 random: the connections carry their payload, without a TLV" {
    flow client random:80
    expect_backend web1:8080 web2:8080 web3:8080 web4:8080
}

@test "LB-2 a service without any endpoint is untouched" {
    flow client random:80
    expect_connected
    flow client empty:80
    expect_errno ECONNREFUSED connect
    expect_untouched
}

@test "LB-2 random: endpoints of a lower priority only: untouched" {
    require_layout km_service
    flow client random-empty:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    map_set km_service '{"id": "random-empty"}' '{"policy": 2}'
    flow client random-empty:80
    expect_backend web1:8080
}

@test "LB-2 an unknown policy: untouched" {
    require_layout km_service
    flow client failover:80
    expect_backend web1:8080
    map_set km_service '{"id": "failover"}' '{"policy": 3}'
    flow client failover:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    map_set km_service '{"id": "failover"}' '{"policy": 4294967295}'
    flow client failover:80
    expect_errno ECONNREFUSED connect
    expect_untouched
}

@test "LB-3 strict: all endpoints of priority 0, and no other" {
    require_layout km_service
    connect_many 60 client strict:80
    expect_peers web1:8080 web2:8080
}

@test "LB-3 strict: where priority 0 is empty no lower one is used" {
    require_layout km_service
    flow client strict-empty:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    map_set km_service '{"id": "strict-empty"}' '{"policy": 2}'
    flow client strict-empty:80
    expect_backend web1:8080
}

@test "LB-4 failover: the first priority only" {
    require_layout km_service
    connect_many 40 client failover:80
    expect_peers web1:8080
}

@test "LB-4 failover: the first priority that has endpoints, all of them, and no other" {
    require_layout km_service
    connect_many 60 client failover-late:80
    expect_peers web2:8080 web3:8080
}

@test "LB-4 failover: the last priority" {
    require_layout km_service
    flow client failover-last:80
    expect_backend spare:8080
}

@test "LB-5 an endpoint whose backend is missing: another or none, and a warning" {
    require_layout km_service
    map_delete km_backend '{"uid": "web2"}'
    each_usable_or_none 24 strict:80 web1:8080
    expect_log warning "no backend at endpoint"
}

@test "LB-5 an index with a hole: another or none, and a warning" {
    require_layout km_service
    map_delete km_endpoint '{"service": "strict", "priority": 0, "index": 1}'
    each_usable_or_none 24 strict:80 web2:8080
    expect_log warning "no backend at endpoint"
}

@test "LB-5 a count far beyond the endpoints: one of them or none, and a warning" {
    require_layout km_service
    map_set km_service '{"id": "strict"}' '{"counts": [1000]}'
    each_usable_or_none 4 strict:80 web1:8080 web2:8080
    expect_log warning "no backend at endpoint"
}

@test "LB-5 every endpoint a hole: untouched, and a warning" {
    require_layout km_service
    flow client strict:80
    expect_connected
    map_delete km_endpoint '{"service": "strict", "priority": 0, "index": 1}'
    map_delete km_endpoint '{"service": "strict", "priority": 0, "index": 2}'
    flow client strict:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    expect_log warning "no backend at endpoint"
}

@test "LB-5 a whole table logs nothing" {
    require_layout km_service
    map_delete km_backend '{"uid": "web1"}'
    flow client failover:80
    expect_log warning "no backend at endpoint"
    connect_many 20 client failover-late:80
    refute_log warning
}

@test "LB-6 failover: a priority that cannot be used does not end the search" {
    require_layout km_service
    map_delete km_backend '{"uid": "web1"}'
    connect_many 20 client failover:80
    expect_peers web2:8080
    expect_log warning "no backend at endpoint"
}

@test "LB-6 failover: two priorities that cannot be used, one by a hole" {
    allow_log "no backend at endpoint"
    require_layout km_service
    map_delete km_backend '{"uid": "web1"}'
    map_delete km_endpoint '{"service": "failover", "priority": 1, "index": 1}'
    connect_many 20 client failover:80
    expect_peers web3:8080
}

@test "LB-6 failover: a backend of another family does not end the search" {
    require_layout km_service
    other_family
    map_set km_backend '{"uid": "web1"}' "{\"address\": \"web1/$OTHER\"}"
    connect_many 20 client failover:80
    expect_peers web2:8080
}

@test "LB-6 failover: one usable endpoint of a priority is enough to stay there" {
    allow_log "no backend at endpoint"
    require_layout km_service
    map_delete km_backend '{"uid": "web2"}'
    connect_many 20 client failover-late:80
    expect_peers web3:8080
}
