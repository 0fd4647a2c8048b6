#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pods in their node's own network, which share an address: three on the node `plane`, which are not
# managed, and two on `worker`, which are.

load lib/waypost
load lib/reports

setup_file() {
    lab_up host-network
}

teardown_file() {
    lab_down
}

# entry MAP KEY PATTERN: what the worker's map has.
entry() {
    map_get "$1" "$2" --node worker
    expect_match "$1 $2" "$3" "$output"
}

setup() {
    lab_reset
    lab_changed # what this test leaves unread is not the next one's
}

@test "AP-14 a service leads to the one of three pods with one address, at its port" {
    flow client kube:443
    expect_backend api:6443
}

@test "AP-14 of two pods with one address the second's own waypoint is asked, and the first's none" {
    flow client kube:443
    expect_backend api:6443
    flow client metrics:80
    expect_waypoint gateway:15008 metrics:80
}

@test "AP-14 workloads with one address keep their memberships, and the address is the first's" {
    entry km_backend '{"uid": "api"}' '*"services":[[]1]*'
    entry km_backend '{"uid": "exporter"}' '*"services":[[]2]*'
    entry km_frontend '{"address": "api"}' '{"upstream":1001}'
    flow client api:6443
    expect_untouched
    expect_backend api:6443
}

@test "AP-14 a host pod of a managed namespace: a waypoint flow from its own address" {
    local own=10.127.0.2
    [[ $WAYPOST_FAMILY != v6 ]] || own=fd00:127::2
    flow kubelet web:80
    expect_waypoint gateway:15008 web:80
    expect_seen_like "the client as the listener sees it" listener_peer "*$own*"
    flow scraper web:80 # another cgroup, the same namespace
    expect_waypoint gateway:15008 web:80
    flow scraper plain:80
    expect_backend web1:8080
}

@test "AP-14 enabling a host pod puts its namespace and its first addresses in km_manage" {
    expect_manage kubelet cookie v4 v6
    expect_manage scraper cookie v4 v6
    expect_manage api
    manage kubelet disable
    expect_manage scraper
}

@test "AP-14 a host pod of a namespace that is not managed is untouched" {
    flow client plain:80
    expect_backend web1:8080
    flow api plain:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    flow api web1:8080
    expect_untouched
    expect_backend web1:8080
}

@test "AP-14 one host pod is managed and unmanaged for all of its namespace" {
    manage scraper disable
    flow kubelet plain:80
    expect_errno ECONNREFUSED connect
    expect_untouched
    flow client plain:80 # a pod of that node, in a namespace of its own
    expect_backend web1:8080
    manage kubelet enable
    flow scraper plain:80
    expect_backend web1:8080
}

@test "AP-14 a managed host pod is asked about at each address of its node" {
    local to=172.30.0.3:10250
    [[ $WAYPOST_FAMILY != v6 ]] || to='[fd00:172::3]:10250'
    flow client kubelet:10250
    expect_backend kubelet:10250
    expect_asked client kubelet:10250
    flow client "$to"
    expect_backend kubelet:10250
    expect_asked client kubelet:10250
}

@test "AP-14 a workload with its service's address: the service has the frontend, it is the endpoint" {
    flow client external:80
    expect_backend outside:8080
    entry km_frontend '{"address": "external"}' '{"upstream":5}'
    entry km_backend '{"uid": "outside"}' '*"services":[[]5]*'
}

@test "AP-14 a port that a service does not have is the workload's with the same address" {
    flow client external:80
    expect_backend outside:8080
    flow client external:8080
    expect_untouched
    expect_backend outside:8080
}
