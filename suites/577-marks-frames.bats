#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# TC-7: frames that no router forwards, on their way through both programs. In this lab bridges stand in the
# place of the routers, so that runts, VLAN tags and what is not IP leave the nodes, too, and their marks are
# seen. A tag that comes in by a link stands in the packet's metadata.
# bats file_tags=once

load lib/waypost
load lib/marks

setup_file() {
    "$WAYPOST" doctor --probe bridge >/dev/null 3>&- || return 0
    lab_up marks
    # From client by node1 and node2 to far: ports are named by positions in the topology.
    bridge node1 p0 n1
    bridge node2 n0 p3
}

teardown_file() {
    [[ -z ${LAB:-} ]] || lab_down
}

setup() {
    require bridge
    require_program tc_mark_encrypt tc_mark_decrypt
    lab_reset
    forget_marks
}

# bridge NODE PORT PORT. The pods' gateway is nobody there: frames to it are passed on. Netfilter, where bridges
# have it, would drop what is no whole IP packet.
bridge() {
    local port
    exec_ok "$1" ip link add name switch type bridge
    for port in "$2" "$3"; do
        [[ $port != p* ]] || exec_ok "$1" ip link set "$port" address 02:00:00:00:07:07
        exec_ok "$1" ip link set "$port" master switch
    done
    # shellcheck disable=SC2016 # for the shell in the node
    exec_ok "$1" bash -c 'for file in /proc/sys/net/bridge/bridge-nf-call-*; do
        [[ ! -e $file ]] || echo 0 >"$file"; done'
    exec_ok "$1" sysctl -qw net.ipv6.conf.switch.disable_ipv6=1
    exec_ok "$1" ip link set switch up
}

# The packets, and under which protocol they are counted (`waypost marks LAB seen`).
PACKETS=(
    'udp|vlan=5 udp from=client:1 to=far:2'
    'udp|vlan=5 udp from=[fd00:80::2]:1 to=[fd00:81::2]:2'
    'udp|udp from=client:1 to=far:2 frame=33'
    'udp|udp from=[fd00:80::2]:1 to=[fd00:81::2]:2 frame=53'
    'other|udp from=client:1 to=far:2 frame=20'
    'other|ethertype=0x0800 frame=14'
    'other|ethertype=0x86dd frame=14'
    'other|arp from=10.128.0.2 to=10.129.0.2'
    'other|ethertype=0x88b5 payload=60'
)

# sees PROTOCOL PACKET MARK NODE FROM TO: it comes to the node with mark 0x77 and leaves it with that one.
sees() {
    local tries
    forget_marks
    set_mark "$4" "$5" 77
    expect_outcomes client node1 "$2 -> arrived"
    # It has passed node1; node2 may be still to come.
    for ((tries = 0; tries < 200; tries++)); do
        waypost marks "$LAB" seen "$4" "$6" "$1"
        [[ $output == "{}" ]] || break
    done
    expect_equal "the mark of '$2' from $4 to $6" "{\"$3\":1}" "$output"
}

@test "TC-7 tc_mark_encrypt: frames with a tag in the metadata, runts, ARP and others pass, mark untouched" {
    local packet
    for packet in "${PACKETS[@]}"; do
        sees "${packet%%|*}" "${packet#*|}" 0x77 node1 client node2
    done
    sees udp 'udp from=client:1 to=far:2' 0xe0 node1 client node2
    sees udp 'udp from=[fd00:80::2]:1 to=[fd00:81::2]:2' 0xe0 node1 client node2
}

@test "TC-7 tc_mark_decrypt: frames with a tag in the metadata, runts, ARP and others pass, mark untouched" {
    local packet
    for packet in "${PACKETS[@]}"; do
        sees "${packet%%|*}" "${packet#*|}" 0x77 node2 node1 far
    done
    sees udp 'udp from=client:1 to=far:2' 0 node2 node1 far
    sees udp 'udp from=[fd00:80::2]:1 to=[fd00:81::2]:2' 0 node2 node1 far
}
