#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Settings that are switched while a connection is up, and pods that no map names.

load lib/waypost
load lib/reports

setup_file() {
    lab_up reports
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    lab_changed # what this test leaves unread is not the next one's
}

# deny: user space's answer about the connection whose ends are in $CLIENT and $SERVER.
deny() { map_set km_auth_res "{\"client\": \"$CLIENT\", \"server\": \"$SERVER\"}" '{"deny": 1}'; }

# up NAME: a connection to the server that stays; its ends are in $CLIENT and $SERVER.
up() {
    keep "$1" client server:8080
    expect_backend server:8080
    observed client_local_plain client_peer_plain
    CLIENT=${output% *} SERVER=${output#* }
}

# more NAME N: 64 bytes more, of which nobody waits for an end; N have reached the server then.
more() {
    go_on "$1" client --end keep --receive none --deadline 100
    expect_seen "bytes that reached the server" listener_payload_bytes "$2"
}

# unnamed POD: neither a frontend nor a backend is left of it.
unnamed() {
    map_delete km_frontend "{\"address\": \"$1\"}"
    map_delete km_backend "{\"uid\": \"$1\"}"
}

# --- settings --------------------------------------------------------------------------------------

@test "SO-5 reports switched off while a waypoint flow is up: none of its end, and it leaves km_socket" {
    keep one client web:80 --bytes 0
    expect_sockets 1
    records km_tcp_probe 1
    setting enable_monitoring=0
    go_on one client --bytes 0 --end close
    expect_sockets 0
    no_more_records km_tcp_probe
    setting enable_monitoring=1
    flow client stranger:8080
    expect_reports outbound
}

@test "SO-5 reports switched on while a connection is up: its end is reported, as of any other" {
    setting enable_monitoring=0
    keep one client stranger:8080
    no_more_records km_tcp_probe
    setting enable_monitoring=1
    go_on one client
    expect_backend stranger:8080
    records km_tcp_probe 1
    expect_fields direction outbound state close success 1 server_name stranger:8080 destination_name stranger:8080
}

@test "SK-2 periodic reports switched on and off while a connection is up" {
    require_program cgroup_skb_ingress_prog cgroup_skb_egress_prog
    keep one client stranger:8080
    records km_tcp_probe 1
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    no_more_records km_tcp_probe
    setting enable_periodic_report=1
    go_on one client --end keep
    records km_tcp_probe 1
    expect_fields direction outbound state established
    setting enable_periodic_report=0
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    no_more_records km_tcp_probe
}

@test "XD-1 authz_offload switched off while a denied connection is up: dropped before, reset after" {
    require_program xdp_authz
    require_setting authz_offload
    up denied
    deny
    more denied 64
    setting authz_offload=0
    go_on denied client --end keep --receive none
    expect_seen "how the connection ended at the server" listener_end reset
}

@test "XD-2 authz_offload switched on while a connection is up: its answer counts from then on" {
    require_program xdp_authz
    require_setting authz_offload
    setting authz_offload=0
    up denied
    go_on denied client --end keep --receive none
    expect_seen "bytes that reached the server" listener_payload_bytes 128
    setting authz_offload=1
    deny
    more denied 128
    expect_map km_auth_res "{\"client\": \"$CLIENT\", \"server\": \"$SERVER\"}" '{"deny":1}'
}

@test "CN-2 bpf_log_level switched while a waypoint flow is up: it carries its TLV, and only the log changes" {
    require_setting bpf_log_level
    keep one client web:80 --bytes 0
    setting bpf_log_level=0
    go_on one client
    expect_waypoint waypoint:15008 web:80
    map_delete km_backend '{"uid": "server"}'
    flow client plain:80
    expect_untouched
    refute_log warning
    setting bpf_log_level=1
    flow client plain:80
    expect_untouched
    expect_log warning "no backend at endpoint"
}

# --- strangers -------------------------------------------------------------------------------------

@test "CN-1 a server that no map names: untouched, and the waypoint flow beside it is led" {
    unnamed server
    flow client server:8080
    expect_untouched
    expect_backend server:8080
    flow client web:80
    expect_waypoint waypoint:15008 web:80
}

@test "CN-2 a client that no map names is led all the same" {
    unnamed client
    flow client web:80
    expect_waypoint waypoint:15008 web:80
}

@test "CN-2 a waypoint that no map names is reached all the same" {
    unnamed waypoint
    flow client web:80
    expect_waypoint waypoint:15008 web:80
}

@test "SO-1 a server and a client that no map names: the connection is asked for and reported" {
    unnamed server
    unnamed client
    flow client server:8080
    expect_backend server:8080
    expect_asked client server:8080
    expect_reports inbound outbound
}

@test "XD-2 a server and a client that no map names: the answer counts, and without one all pass" {
    require_program xdp_authz
    require_setting authz_offload
    unnamed server
    unnamed client
    up denied
    go_on denied client --end keep --receive none
    expect_seen "bytes that reached the server" listener_payload_bytes 128
    deny
    more denied 128
}
