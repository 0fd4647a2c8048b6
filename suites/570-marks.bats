#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Marks for encryption on packets of real sockets, seen where the packets leave the node.

load lib/waypost
load lib/marks

setup_file() {
    lab_up marks
    NETWORK=$(in_family 10.129.0.0/16 fd00:81::/64)
    NUMBER=$(in_family 4 6)
    ICMP=$(in_family icmp icmp6)
    ANY=$(in_family 0.0.0.0/0 ::/0)
    export NETWORK NUMBER ICMP ANY
}

teardown_file() {
    lab_down
}

setup() {
    require_program tc_mark_encrypt tc_mark_decrypt
    lab_reset
    forget_marks
}

# The other nodes' pods are unknown to node1.
forget_network() {
    map_delete km_nodeinfo "{\"prefix\": \"$NETWORK\"}" --node node1
}

# block NODE: what is marked for encryption does not leave. Needs no ESP.
block() {
    ask lab_changed
    exec_ok "$1" ip xfrm policy add dir out src "$ANY" dst "$ANY" mark 0xe0 mask 0xffffffff action block
}

@test "TC-1 to a pod of another node: mark 0xe0" {
    flow client far:8080
    expect_connected
    expect_payload
    expect_mark node1 node2 tcp 0xe0
}

@test "TC-1 the answers, too" {
    flow client far:8080
    expect_mark node2 node1 tcp 0xe0
}

@test "TC-2 to what is in no prefix: the mark stays 0" {
    forget_network
    flow client far:8080
    expect_connected
    expect_mark node1 node2 tcp 0
}

@test "TC-2 a mark that was there stays" {
    forget_network
    set_mark node1 client 77
    flow client far:8080
    expect_connected
    expect_mark node1 node2 tcp 0x77
}

@test "TC-5 a mark that was there does not show" {
    set_mark node1 client 10000f
    flow client far:8080
    expect_connected
    expect_mark node1 node2 tcp 0xe0
}

@test "TC-6 datagrams" {
    flow client far:5000 --protocol udp
    expect_connected
    expect_mark node1 node2 udp 0xe0
}

@test "TC-6 ICMP: the refusal of a datagram" {
    flow client far:9 --protocol udp
    expect_errno ECONNREFUSED
    expect_mark node2 node1 "$ICMP" 0xe0
}

@test "TC-8 an entry removed and added: an open connection's next packets" {
    keep open client far:8081
    expect_mark node1 node2 tcp 0xe0
    forget_network
    forget_marks
    go_on open client --end keep
    expect_connected
    expect_mark node1 node2 tcp 0
    map_set km_nodeinfo "{\"prefix\": \"$NETWORK\"}" "{\"family\": $NUMBER}" --node node1
    forget_marks
    go_on open client
    expect_connected
    expect_mark node1 node2 tcp 0xe0
}

@test "TC-9 what comes to the node with mark 0x77: mark 0" {
    set_mark node2 node1 77
    flow client far:8080
    expect_connected
    expect_mark node2 far tcp 0
}

@test "TC-9 what comes to the node with mark 0xe0: mark 0" {
    set_mark node2 node1 e0
    flow client far:8080
    expect_connected
    expect_mark node2 far tcp 0
}

@test "TC-10 mark 0xd0 stays" {
    set_mark node2 node1 d0
    flow client far:8080
    expect_connected
    expect_mark node2 far tcp 0xd0
}

@test "TC-10 mark 0x100d0 is not 0xd0 and is cleared" {
    set_mark node2 node1 100d0
    flow client far:8080
    expect_connected
    expect_mark node2 far tcp 0
}

@test "TC-12 64 MiB arrive as they were sent" {
    flow client far:8080 --bytes 67108864 --chunk 1048576 --deadline 60000
    expect_connected
    expect_payload
    expect_mark node1 node2 tcp 0xe0
}

@test "TC-13 attached twice: one filter" {
    # The filters are those of the programs alone: no mark has been set.
    expect_filters node1 near 1
    waypost marks "$LAB" attach
    expect_filters node1 near 1
    expect_filters node1 unmanaged 0
    flow near far:8080
    expect_connected
    expect_mark node1 node2 tcp 0xe0
}

@test "TC-13 detached: traffic goes on in clear" {
    keep open client far:8081
    ask lab_changed
    waypost marks "$LAB" detach
    expect_filters node1 near 0
    forget_marks
    go_on open client
    expect_connected
    flow client far:8080
    expect_connected
    expect_mark node1 node2 tcp 0
}

@test "TC-1 a pod that is managed later" {
    flow unmanaged far:8080
    expect_mark node1 node2 tcp 0
    manage unmanaged enable
    forget_marks
    flow unmanaged far:8080
    expect_connected
    expect_mark node1 node2 tcp 0xe0
}

@test "TC-15 marked, and the policy blocks: nothing leaves in clear, and what is not marked does" {
    block node1
    flow client far:8080 --deadline 300
    expect_seen "nothing was accepted" listener_pod ""
    xfrm_count node1 XfrmOutPolBlock
    ((output > 0)) || die "packets that the policy stopped" "some" "$output"
    flow client near:8080
    expect_backend near:8080
}

@test "TC-15 the same packets without a mark are not stopped" {
    forget_network
    block node1
    flow client far:8080
    expect_backend far:8080
}

@test "TC-16 what comes from the wire in clear reaches the pod with mark 0" {
    forget_network
    flow client far:8080
    expect_connected
    expect_payload
    expect_mark node1 node2 tcp 0
    expect_mark node2 far tcp 0
}

@test "TC-18 the node's own traffic to another node's pod is not marked" {
    exec_ok node1 bash -c "exec 3<>/dev/tcp/$(in_family 10.129.0.2 fd00:81::2)/8080"
    expect_mark node1 node2 tcp 0
    flow client far:8080
    waypost marks "$LAB" seen node1 node2 tcp
    expect_match "the control: a pod's packets" '*"0xe0":*' "$output"
}

@test "TC-19 a pod of the same node: no mark" {
    flow client near:8080
    expect_connected
    expect_mark node1 near tcp 0
    flow client far:8080
    expect_mark node1 node2 tcp 0xe0
}

# bats test_tags=once
@test "show says what the nodes of a lab have between them" {
    expect_equal "as JSON" marks "$("$WAYPOST" show "$LAB" -j 3>&- | jq -r .encryption)"
    expect_match "as text" "*encryption between the nodes: marks*" "$("$WAYPOST" show "$LAB" 3>&-)"
}

# bats test_tags=once
@test "encryption: esp is one line and exit code 3 where the kernel has no ESP, and nothing is left" {
    local code=0 expected=3
    output=$("$WAYPOST" up "$LAB-esp" -t "$BATS_TEST_DIRNAME/../topologies/encryption.yaml" --no-programs \
        --no-agents 2>&1 3>&-) || code=$?
    if "$WAYPOST" doctor --probe esp >/dev/null 3>&-; then
        expected=0
        waypost down "$LAB-esp"
    else
        expect_match "what it said" "waypost: lab '$LAB-esp' cannot have 'encryption: esp'*CONFIG_INET_ESP*" "$output"
        [[ $output != *$'\n'* ]] || die "more than one line: $output"
    fi
    expect_equal "the exit code" "$expected" "$code"
    expect_equal "namespaces that are left" "" "$(ip netns list | grep "$LAB-esp" || true)"
}
