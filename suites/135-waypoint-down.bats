#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A waypoint that cannot be reached: the client is told by the errno that it would get anyway, and
# nothing goes past the waypoint to the destination, which could be reached.

load lib/waypost

setup_file() {
    lab_up waypoint-down
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
}

# expect_down ERRNO WAYPOINT:PORT: refused there, nobody took it, nothing is left.
expect_down() {
    expect_errno "$1" connect
    expect_seen "where the programs sent the connect" hooks_after_name "$2"
    expect_seen "who took it" listener_pod ""
    expect_sockets 0
}

# The address that is nobody's, and how `waypost flow` shows it.
nowhere() {
    NOWHERE=10.200.0.1 NOWHERE_SHOWN=10.200.0.1
    [[ $WAYPOST_FAMILY != v6 ]] || NOWHERE=fd00:200::1 NOWHERE_SHOWN='[fd00:200::1]'
}

@test "CN-14 a waypoint that refuses: ECONNREFUSED" {
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    flow client refused:80
    expect_down ECONNREFUSED waypoint:9
}

@test "CN-14 a waypoint that refuses a non-blocking connect: ECONNREFUSED" {
    flow client refused:80 --nonblocking
    expect_down ECONNREFUSED waypoint:9
}

@test "CN-14 a waypoint without a route to it: EHOSTUNREACH" {
    nowhere
    exec_ok cutoff ip route replace unreachable "$NOWHERE"
    flow cutoff nowhere:80
    expect_down EHOSTUNREACH "$NOWHERE_SHOWN:15008"
    flow cutoff web:80
    expect_waypoint waypoint:15008 web:80
}

@test "CN-14 a waypoint that a router calls unreachable: EHOSTUNREACH" {
    nowhere
    flow client nowhere:80
    expect_down EHOSTUNREACH "$NOWHERE_SHOWN:15008"
}

# The kernel looks at its time-outs when it sends the SYN again, a second after the first; nothing
# outside can make that shorter.
# bats test_tags=once
@test "CN-14 a waypoint that does not answer: ETIMEDOUT" {
    exec_ok node ip route replace blackhole 10.200.0.1
    flow client nowhere:80 --user-timeout 1
    exec_ok node ip route del blackhole 10.200.0.1
    expect_down ETIMEDOUT 10.200.0.1:15008
}

@test "CN-14 a waypoint service without an endpoint: refused, not passed by" {
    flow client unstaffed:80
    expect_down ECONNREFUSED gateway:15008
}

@test "CN-14 a refused flow leaves room for the next one" {
    flow client refused:80
    flow client refused:80
    flow client web:80
    expect_waypoint waypoint:15008 web:80
    expect_sockets 0
}
