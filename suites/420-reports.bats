#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Periodic reports of connections that stay up. Nothing waits for the five seconds: the time of the
# last report is planted in the socket's own storage. A test that takes longer than those, on a machine
# that is busy with other things, sees reports that are right: hence the times at no_more_records.

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
    # What this test leaves unread is none of the next one's.
    lab_changed
    require_program cgroup_skb_ingress_prog cgroup_skb_egress_prog
    setting enable_periodic_report=1
}

# A route that a test has put into a pod.
unroute=()

teardown() {
    [[ ${#unroute[@]} -eq 0 ]] || exec_ok "${unroute[@]}"
    test_over
}

# outbound: a connection of the client's to a pod that does not report; its first report is read.
outbound() {
    keep one client stranger:8080
    records km_tcp_probe 1
    expect_fields direction outbound state established
    observed client_local_plain
    local_end=$output
}

# inbound: one that the server takes from a pod that does not report; the same.
inbound() {
    keep one stranger server:8080
    records km_tcp_probe 1
    expect_fields direction inbound state established
    observed client_local_plain
    local_end=$output
}

# once_more DIRECTION SERVER:PORT: one report more of that connection comes, as if it had begun now. What
# an inbound one says of its destination is for SO-4.
once_more() {
    records km_tcp_probe 1
    expect_fields direction "$1" state established success 1 client "$local_end" server_name "$2" \
        family "$RECORD_FAMILY"
    [[ $1 == inbound ]] || expect_fields destination_name "$2"
    expect_times
    no_more_records km_tcp_probe 5000
}

# deaf POD CLIENT: whatever the pod would send to the client has no route, so that of a connection
# between the two one end only sends and the other only receives. The connection is of no use after.
deaf() {
    local address=10.128.0.2 family=-4
    [[ $2 == client ]] || address=10.128.0.5
    if [[ $WAYPOST_FAMILY == v6 ]]; then
        address=fd00:80::${address##*.} family=-6
    fi
    exec_ok "$1" ip "$family" route add blackhole "$address"
    unroute=("$1" ip "$family" route del blackhole "$address")
}

@test "SK-1 outbound, last reported over 5 s ago: one report more, with its bytes so far" {
    local local_end
    outbound
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --bytes 100 --end keep
    expect_backend stranger:8080
    once_more outbound stranger:8080
    # Acknowledged until now: SYN and the first 64.
    expect_fields sent 65 received 0
}

@test "SK-1 inbound, last reported over 5 s ago: one report more, with its bytes so far" {
    local local_end
    inbound
    plant server "$local_end" '{"report_ago_ms": 5100}'
    go_on one stranger --bytes 100 --end keep
    expect_backend server:8080
    once_more inbound server:8080
    expect_fields sent 0 received 64
}

@test "SK-1 a report begins the time anew" {
    local local_end
    outbound
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    once_more outbound stranger:8080
    go_on one client --end keep
    no_more_records km_tcp_probe 5000
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    once_more outbound stranger:8080
}

@test "SK-1 below 5 s none" {
    local local_end
    outbound
    plant client one '{"report_ago_ms": 2000}'
    go_on one client --end keep
    expect_backend stranger:8080
    no_more_records km_tcp_probe 3000
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    once_more outbound stranger:8080
}

@test "SK-1 by a waypoint: the report has the asked destination" {
    local tlv=28
    [[ $WAYPOST_FAMILY != v4 ]] || tlv=16
    keep one client web:80
    expect_waypoint waypoint:15008 web:80
    records km_tcp_probe 1
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    expect_waypoint waypoint:15008 web:80
    records km_tcp_probe 1
    expect_fields direction outbound state established server_name waypoint:15008 \
        destination_name web:80 sent $((65 + tlv))
}

@test "SK-1 egress: packets that are only sent are enough" {
    local local_end
    outbound
    plant client one '{"report_ago_ms": 5100}'
    deaf stranger client
    go_on one client --end keep
    once_more outbound stranger:8080
    expect_fields sent 65
}

@test "SK-1 ingress: packets that are only received are enough" {
    local local_end
    inbound
    plant server "$local_end" '{"report_ago_ms": 5100}'
    deaf server stranger
    go_on one stranger --end keep
    once_more inbound server:8080
    expect_fields received 64
}

@test "SK-1 the end of the connection is reported as without" {
    local local_end
    outbound
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    once_more outbound stranger:8080
    go_on one client
    records km_tcp_probe 1
    expect_fields direction outbound state close client "$local_end" sent 194
    no_more_records km_tcp_probe 5000
}

@test "SK-2 switched off: none" {
    local local_end
    setting enable_periodic_report=0
    outbound
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    expect_backend stranger:8080
    no_more_records km_tcp_probe
    setting enable_periodic_report=1
    go_on one client --end keep
    once_more outbound stranger:8080
}

@test "SK-2 all reports switched off: none" {
    local local_end
    outbound
    setting enable_monitoring=0
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    no_more_records km_tcp_probe
    setting enable_monitoring=1
    go_on one client --end keep
    once_more outbound stranger:8080
}

@test "SK-2 a client that is not managed any more: none" {
    local local_end
    outbound
    manage client disable
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    expect_backend stranger:8080
    no_more_records km_tcp_probe
    manage client enable
    go_on one client --end keep
    once_more outbound stranger:8080
}

@test "SK-2 a server that is not managed any more: none" {
    local local_end
    inbound
    manage server disable
    plant server "$local_end" '{"report_ago_ms": 5100}'
    go_on one stranger --end keep
    expect_backend server:8080
    no_more_records km_tcp_probe
    manage server enable
    go_on one stranger --end keep
    once_more inbound server:8080
}

@test "SK-2 a manage command's own packets: none" {
    local local_end
    outbound
    manage client enable
    manage client disable
    manage client enable
    no_more_records km_tcp_probe
    plant client one '{"report_ago_ms": 5100}'
    go_on one client --end keep
    once_more outbound stranger:8080
}
