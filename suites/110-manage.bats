#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manage commands: who becomes managed, by what, and what of it stays. `client` is managed at
# first, by both of its addresses; `stranger` is not.

load lib/waypost

setup_file() {
    lab_up one-waypoint
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    # The address that commands in this family, and the family of the address that it manages.
    COMMAND=0.0.0.2 OWN=v4
    [[ $WAYPOST_FAMILY != v6 ]] || COMMAND='[::2]' OWN=v6
}

# log_is_read: the control of a test that finds no error in the log.
log_is_read() {
    map_delete km_backend '{"uid": "web1"}'
    flow client ports:8080
    expect_log warning "no backend at endpoint"
}

# A connect that nobody answers. What it does it has done when it returns; the deadline ends the wait.
knock() {
    lab_changed
    flow "$@" --nonblocking --deadline 1
}

# bats test_tags=no-v6,no-mapped
@test "MG-1 a connect to 0.0.0.2:929 puts cookie and IPv4 address in km_manage, value 0" {
    expect_manage stranger
    manage stranger enable
    expect_manage stranger cookie v4
    expect_map km_manage '{"cookie": "stranger"}' '{"value":0}'
    expect_map km_manage '{"address": "stranger/v4"}' '{"value":0}'
}

# bats test_tags=no-mapped
@test "MG-1 the command's connect is let through unchanged, and goes nowhere" {
    knock stranger "$COMMAND:929"
    expect_untouched
    expect_seen "who took it" listener_pod ""
    expect_manage stranger cookie "$OWN"
}

@test "MG-1 the command has taken effect when a non-blocking connect returns" {
    flow stranger guarded:8080
    expect_backend guarded:8080
    manage stranger enable
    flow stranger guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
}

# bats test_tags=no-mapped
@test "MG-1 a pod without a route is not managed, not even by half" {
    local route=(unreachable "${COMMAND//[][]/}")
    exec_ok stranger ip route replace "${route[@]}"
    knock stranger "$COMMAND:929"
    exec_ok stranger ip route del "${route[@]}"
    expect_errno EHOSTUNREACH connect
    expect_manage stranger
    knock stranger "$COMMAND:929"
    expect_manage stranger cookie "$OWN"
}

@test "MG-2 a connect to port 930 takes cookie and address away" {
    expect_managed client yes
    manage client disable
    expect_managed client no "$OWN"
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "MG-2 a second disable changes nothing and logs no error" {
    log_is_read
    manage client disable
    map_dump km_manage
    local before=$output
    manage client disable
    map_dump km_manage
    expect_equal "km_manage" "$before" "$output"
    refute_log error
}

@test "MG-2 a pod that was never enabled can be disabled: nothing changes, nothing is logged" {
    log_is_read
    map_dump km_manage
    local before=$output
    manage stranger disable
    map_dump km_manage
    expect_equal "km_manage" "$before" "$output"
    refute_log error
}

@test "MG-2 cookie and address that no command has entered are taken away, too" {
    map_set km_manage '{"cookie": "stranger"}' '{"value": 0}'
    map_set km_manage "{\"address\": \"stranger/$OWN\"}" '{"value": 0}'
    expect_manage stranger cookie "$OWN"
    manage stranger disable
    expect_manage stranger
}

# bats test_tags=no-v4,no-mapped
@test "MG-3 a connect to [::2]:929 puts cookie and IPv6 address in km_manage, value 0" {
    manage stranger enable
    expect_manage stranger cookie v6
    expect_map km_manage '{"cookie": "stranger"}' '{"value":0}'
    expect_map km_manage '{"address": "stranger/v6"}' '{"value":0}'
}

# bats test_tags=no-v4,no-mapped
@test "MG-3 a connect to [::2]:930 takes cookie and IPv6 address away" {
    manage stranger enable
    expect_manage stranger cookie v6
    manage stranger disable
    expect_manage stranger
}

# bats test_tags=no-mapped
@test "MG-4 other ports of the command address manage nothing" {
    local port
    for port in 928 931 41219 9290; do # 41219 is 929 with its bytes exchanged
        knock stranger "$COMMAND:$port"
    done
    expect_manage stranger
    knock stranger "$COMMAND:929"
    expect_manage stranger cookie "$OWN"
}

# bats test_tags=no-v6,no-mapped
@test "MG-4 other IPv4 addresses on the command ports manage nothing" {
    local address
    for address in 0.0.0.3 2.0.0.0 0.2.0.2; do # a neighbour, bytes exchanged, more than the end
        knock stranger "$address:929"
    done
    knock client 0.0.0.3:930
    knock client web:930
    expect_manage stranger
    expect_manage client cookie v4 v6
    knock stranger 0.0.0.2:929
    expect_manage stranger cookie v4
}

# bats test_tags=no-v4,no-mapped
@test "MG-4 other IPv6 addresses on the command ports manage nothing" {
    local address
    for address in '[::3]' '[::1:0:2]' '[2::]' '[fd00::2]'; do
        knock stranger "$address:929"
    done
    knock client '[::1:0:2]:930'
    knock client web:930
    expect_manage stranger
    expect_manage client cookie v4 v6
    knock stranger '[::2]:929'
    expect_manage stranger cookie v6
}

@test "MG-5 a pod that is not managed is untouched, where one that is goes to the waypoint" {
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    flow stranger guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "MG-5 a pod that is not managed asks for a service: untouched, refused where nobody is" {
    flow client plain:81
    expect_connected
    flow stranger plain:81
    expect_errno ECONNREFUSED connect
    expect_untouched
}

@test "MG-5 enabling and disabling others changes nothing for a pod" {
    manage client disable
    manage stranger enable
    flow neighbour guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    manage client enable
    manage neighbour disable
    flow neighbour guarded:8080
    expect_backend guarded:8080
    flow client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
}

@test "MG-6 a connection that is up when its pod is disabled stays as it is" {
    keep open client guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
    manage client disable
    go_on open client
    expect_waypoint waypoint:15008 guarded:8080
    flow client guarded:8080
    expect_untouched
    expect_backend guarded:8080
}

@test "MG-6 a connection that is up when its pod is enabled stays as it is" {
    keep open stranger guarded:8080
    expect_backend guarded:8080
    manage stranger enable
    go_on open stranger
    expect_backend guarded:8080
    flow stranger guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
}

# bats test_tags=no-mapped
@test "MG-7 a UDP connect and its datagrams manage nothing" {
    knock stranger "$COMMAND:929" --protocol udp
    expect_untouched
    knock client "$COMMAND:930" --protocol udp
    expect_manage stranger
    expect_manage client cookie v4 v6
    knock stranger "$COMMAND:929"
    expect_manage stranger cookie "$OWN"
}

# bats test_tags=no-mapped
@test "MG-7 datagrams of a socket that is not connected manage nothing" {
    need_connect "$WAYPOST_FAMILY"
    lab_changed
    exec_ok stranger socat -u OPEN:/etc/hostname "UDP-SENDTO:$COMMAND:929"
    exec_ok client socat -u OPEN:/etc/hostname "UDP-SENDTO:$COMMAND:930"
    expect_manage stranger
    expect_manage client cookie v4 v6
    manage client disable
    expect_managed client no "$OWN"
}

@test "MG-7 a pod enabled over both families and disabled over one: nothing of it is left" {
    manage stranger enable --family v4
    manage stranger enable --family v6
    expect_manage stranger cookie v4 v6
    manage stranger disable
    expect_manage stranger
}

@test "MG-7 a pod enabled over one family and disabled over the other: nothing of it is left" {
    other_family
    manage stranger enable --family "$OTHER"
    expect_managed stranger yes "$OTHER"
    manage stranger disable
    expect_manage stranger
}

# bats test_tags=no-v4,no-v6
@test "MG-8 a connect to [::ffff:0.0.0.2]:929 puts cookie and IPv4 address in km_manage" {
    knock stranger 0.0.0.2:929
    expect_seen "what was asked" asked "[::ffff:0.0.0.2]:929"
    expect_manage stranger cookie v4
    expect_map km_manage '{"address": "stranger/v4"}' '{"value":0}'
}

# bats test_tags=no-v4,no-v6
@test "MG-8 a connect to [::ffff:0.0.0.2]:930 takes cookie and IPv4 address away" {
    expect_managed client yes
    knock client 0.0.0.2:930
    expect_managed client no v4
}

# bats test_tags=no-v4,no-v6
@test "MG-8 other ports, addresses and protocols of IPv4-mapped commands manage nothing" {
    local target
    for target in 0.0.0.2:928 0.0.0.2:41219 0.0.0.3:929 2.0.0.0:929; do
        knock stranger "$target"
    done
    knock stranger 0.0.0.2:929 --protocol udp
    knock client 0.0.0.2:930 --protocol udp
    knock client 0.0.0.3:930
    expect_manage stranger
    expect_manage client cookie v4 v6
}

@test "MG-8 enabling twice changes nothing more and logs no error" {
    log_is_read
    manage stranger enable
    map_dump km_manage
    local once=$output
    manage stranger enable
    map_dump km_manage
    expect_equal "km_manage" "$once" "$output"
    refute_log error
}

@test "MG-8 enabled, disabled and enabled again: as enabled once" {
    manage stranger enable
    manage stranger disable
    manage stranger enable
    expect_manage stranger cookie "$OWN"
    flow stranger guarded:8080
    expect_waypoint waypoint:15008 guarded:8080
}
