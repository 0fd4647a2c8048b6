#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What sockops asks of user space about connections, what it reports of them, and what becomes of
# them when nobody reads that.

load lib/waypost
load lib/reports
load lib/listen

setup_file() {
    lab_up reports
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    # What this test leaves unread is none of the next one's.
    lab_changed
}

# answer_for_server: user space has allowed the connection of the last flow. In $key.
answer_for_server() {
    observed client_local_plain client_peer_plain
    key="{\"client\": \"${output% *}\", \"server\": \"${output#* }\"}"
    map_set km_auth_res "$key" '{"deny": 0}'
    expect_map km_auth_res "$key" '{"deny":0}'
}

# --- requests for authorization ----------------------------------------------------------------

@test "SO-1 a connection that a managed pod accepts is asked for, client first, ports in host order" {
    flow client server:8080
    expect_backend server:8080
    expect_asked client server:8080
    no_more_records km_auth_req
}

@test "SO-1 one request for each connection" {
    connect_many 3 client server:8080
    records km_auth_req 3
    no_more_records km_auth_req
}

@test "SO-1 by a service: asked for is the pod that accepts" {
    flow client plain:80
    expect_backend server:8080
    expect_asked client server:8080
}

@test "SO-1 the client need not be managed, the server has to be" {
    flow client stranger:8080
    expect_backend stranger:8080
    flow stranger server:8080
    expect_backend server:8080
    expect_asked stranger server:8080
    no_more_records km_auth_req
}

@test "SO-2 nothing is asked for what comes from the node" {
    setting node_ip=client
    flow client server:8080
    expect_backend server:8080
    flow neighbour server:8080
    expect_asked neighbour server:8080
    no_more_records km_auth_req
}

@test "SO-2 nothing is asked for what comes from the pods' gateway" {
    setting pod_gateway=client
    flow client server:8080
    expect_backend server:8080
    flow neighbour server:8080
    expect_asked neighbour server:8080
    no_more_records km_auth_req
}

# The client is 10.128.0.2 and fd00:80::2 by its place in the topology; the other address ends as the
# IPv4 one does.
@test "SO-2 a node's address of the other family is nobody's" {
    local own=10.128.0.2 other=fd00::a80:2
    [[ $WAYPOST_FAMILY != v6 ]] || own=fd00:80::2 other=10.128.0.2
    setting "node_ip=$other" "pod_gateway=$other"
    flow client server:8080
    expect_asked client server:8080
    setting "pod_gateway=$own"
    flow client server:8080
    expect_backend server:8080
    no_more_records km_auth_req
}

@test "SO-2 connections from the node are reported all the same" {
    setting node_ip=client
    flow client server:8080
    expect_reports inbound outbound
    no_more_records km_auth_req
    setting node_ip=none
    flow client server:8080
    expect_asked client server:8080
}

@test "SO-3 the answer is gone when the client has closed, another's is not" {
    local key first
    keep one client server:8080
    answer_for_server
    first=$key
    keep two client server:8080
    answer_for_server
    go_on one client
    records km_tcp_probe 6
    expect_map km_auth_res "$key" '{"deny":0}'
    expect_map km_auth_res "$first" ""
}

@test "SO-3 the answer is gone when the client has reset" {
    local key
    keep one client server:8080
    answer_for_server
    go_on one client --bytes 0 --end reset
    expect_reports inbound outbound
    expect_map km_auth_res "$key" ""
}

@test "SO-3 the answer is gone when the server has reset" {
    local key
    keep one client server:8083 --bytes 0
    answer_for_server
    go_on one client
    expect_errno ECONNRESET
    expect_reports inbound outbound
    expect_map km_auth_res "$key" ""
}

# Its listener reads a byte, and ends the stream before the client does.
@test "SO-3 the answer is gone when the server has closed first" {
    local key client
    listen server EXEC:"head -c 1" TCP6-LISTEN:9000,reuseaddr,ipv6-v6only=0
    keep one client server:9000 --bytes 0
    observed client_local_plain
    client=$output
    answer_for_server
    go_on one client --bytes 1 --receive eof --end close
    expect_seen "what failed" client_errno ""
    listened
    expect_reports outbound inbound
    expect_fields client "$client" state close
    expect_map km_auth_res "$key" ""
}

# --- reports -----------------------------------------------------------------------------------

@test "SO-4 straight: one report of the beginning and one of the end, from either end" {
    local direction state
    flow client server:8080
    observed client_local_plain
    expect_reports inbound outbound
    for direction in inbound outbound; do
        for state in established close; do
            record "direction=$direction" "state=$state"
            expect_fields family "$RECORD_FAMILY" client "$output" \
                server_name server:8080 destination_name server:8080 success 1
        done
    done
    no_more_records km_tcp_probe
}

@test "SO-4 by a service: the client reports what it asked for, the server its own end" {
    flow client plain:80
    expect_backend server:8080
    expect_reports inbound outbound
    observed client_local_plain
    expect_fields client "$output" server_name server:8080 destination_name plain:80
    record direction=outbound state=established
    expect_fields client "$output" server_name server:8080 destination_name plain:80
    record direction=inbound state=close
    expect_fields client "$output" server_name server:8080 destination_name server:8080
}

@test "SO-4 by a waypoint: its end, the destination that was asked for, and the TLV's bytes" {
    local tlv=28
    [[ $WAYPOST_FAMILY != v4 ]] || tlv=16
    flow client web:80 --bytes 1000
    expect_waypoint waypoint:15008 web:80
    expect_reports outbound
    # SYN and FIN among them.
    observed client_local_plain
    expect_fields client "$output" server_name waypoint:15008 \
        destination_name web:80 sent $((1000 + tlv + 2))
    no_more_records km_tcp_probe
}

@test "SO-4 an end that is not managed reports nothing" {
    flow client stranger:8080
    expect_reports outbound
    flow stranger server:8080
    expect_reports inbound
    no_more_records km_tcp_probe
}

@test "SO-4 what was sent and received: acknowledged bytes with SYN and FIN, and payload" {
    flow client server:8080 --bytes 100000
    expect_backend server:8080
    expect_reports inbound outbound
    expect_fields sent 100002
    expect_bytes received 0
    record direction=outbound state=established
    expect_fields sent 1 received 0
    record direction=inbound state=established
    expect_fields sent 0 received 0
    record direction=inbound state=close
    expect_fields sent 1
    expect_bytes received 100000
}

@test "SO-4 what was sent and received: both ways" {
    flow client server:8082 --bytes 5000
    expect_echo
    expect_reports inbound outbound
    expect_fields sent 5002
    expect_bytes received 5000
    record direction=inbound state=close
    expect_fields sent 5001
    expect_bytes received 5000
}

@test "SO-4 the times: from the connect, or the accept, to the report" {
    local direction start
    flow client server:8080
    expect_reports inbound outbound
    for direction in inbound outbound; do
        record "direction=$direction" state=established
        expect_times
        recorded start_ns
        start=$output
        record "direction=$direction" state=close
        expect_times
        expect_fields start_ns "$start"
    done
}

@test "SO-4 a connection that the client resets, and one that the server resets, have their end" {
    flow client server:8080 --end reset
    expect_reports inbound outbound
    flow client server:8083
    expect_errno ECONNRESET
    expect_reports inbound outbound
    no_more_records km_tcp_probe
}

@test "SO-4 one socket, two connections: each has reports of its own" {
    local port
    keep one client stranger:8080
    observed client_local_plain
    port=${output##*:}
    records km_tcp_probe 1
    expect_fields client_name "client:$port" state established
    flow client server:8080 --socket one --disconnect --end close
    expect_backend server:8080
    records km_tcp_probe 5
    record direction=outbound state=close server_name=stranger:8080
    expect_fields client_name "client:$port" destination_name stranger:8080
    record direction=outbound state=close server_name=server:8080
    observed client_local_plain
    expect_fields client "$output" destination_name server:8080
    no_more_records km_tcp_probe
}

@test "SO-4 a connection that is refused is never reported as established" {
    flow client server:9
    expect_errno ECONNREFUSED connect
    flow client stranger:8080
    expect_reports outbound
    expect_fields server_name stranger:8080
}

@test "SO-5 enable_monitoring off: nothing is reported, and flows are as before" {
    setting enable_monitoring=0
    # Whose ends are over when the flows return.
    flow client server:8080 --bytes 0 --end reset
    expect_seen "the server's end" listener_end reset
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    setting enable_monitoring=1
    flow client server:8080
    expect_reports inbound outbound
    observed client_local_plain
    expect_fields client "$output"
    no_more_records km_tcp_probe
}

@test "SO-5 enable_monitoring off: requests and answers are as before" {
    local key
    keep one client server:8080
    expect_asked client server:8080
    answer_for_server
    records km_tcp_probe 2
    setting enable_monitoring=0
    go_on one client --bytes 0 --end reset
    expect_seen "the server's end" listener_end reset
    expect_map km_auth_res "$key" ""
    flow client server:8080
    expect_asked client server:8080
    no_more_records km_tcp_probe
}

# --- connections from before -------------------------------------------------------------------

@test "SO-6 a connection from before its client was managed works on, and is not reported" {
    keep one stranger server:8080
    records km_tcp_probe 1
    expect_fields direction inbound state established
    manage stranger enable
    go_on one stranger
    expect_backend server:8080
    records km_tcp_probe 1
    expect_fields direction inbound state close
    flow stranger server:8080
    expect_reports inbound outbound
    no_more_records km_tcp_probe
}

@test "SO-6 a connection from before its server was managed works on, and is not reported" {
    keep one client stranger:8080
    records km_tcp_probe 1
    manage stranger enable
    go_on one client
    expect_backend stranger:8080
    records km_tcp_probe 1
    expect_fields direction outbound state close
    flow client stranger:8080
    expect_asked client stranger:8080
    expect_reports inbound outbound
    no_more_records km_tcp_probe
}

@test "SO-6 a connection from before its client was managed gets no TLV" {
    keep one stranger waypoint:15008
    manage stranger enable
    go_on one stranger
    expect_backend waypoint:15008
    expect_sockets 0
    flow stranger web:80
    expect_waypoint waypoint:15008 web:80
}

# --- nobody reads ------------------------------------------------------------------------------

# km_auth_req has room for 85 of 40 bytes and a header of 8.
# bats test_tags=once
@test "SO-7 nobody reads requests: connections go on, and the log says so" {
    connect_many 100 client server:8080
    flow client server:8080
    expect_backend server:8080
    expect_log warning "nobody reads km_auth_req"
    records km_auth_req 85
    no_more_records km_auth_req
    flow client server:8080
    expect_asked client server:8080
    refute_log warning
}

# km_tcp_probe has room for 1927 of 128 bytes and a header of 8; a connection makes two of them here.
# bats test_tags=once
@test "SO-7 nobody reads reports: connections go on, and the log says so" {
    require_setting enable_monitoring
    connect_many 1000 client stranger:8080
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    expect_log warning "nobody reads km_tcp_probe"
    forget_records km_tcp_probe
    flow client stranger:8080
    expect_reports outbound
    refute_log warning
}

# bats test_tags=once
@test "SO-7 nobody reads anything: connections go on, and answers are taken away" {
    allow_log "nobody reads km_auth_req" "nobody reads km_tcp_probe"
    local key
    connect_many 1000 client server:8080
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    keep one client server:8080
    answer_for_server
    go_on one client --end reset
    expect_seen "the server's end" listener_end reset
    expect_map km_auth_res "$key" ""
}
