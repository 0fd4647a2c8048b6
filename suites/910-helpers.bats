#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The helpers' own tests: tests that fail on purpose (lib/fixtures/), and how that is reported.
# bats file_tags=once

load lib/waypost
load lib/inner

setup_file() {
    inner 911-wrong
    inner 912-forgets-fd3
    inner 913-no-lab
    inner 914-dead
}

@test "a test that passes is reported as passed" {
    expect_passed 911-wrong "as it should be"
}

@test "a wrong peer is reported with both, what was done and what was seen" {
    expect_failed 911-wrong "wrong peer" "the client's peer" \
        "  expected: web1:8080" "  actual:   waypoint:15008" \
        "  did: waypost flow s911-$WAYPOST_FAMILY client sink:80" \
        "  saw: listener_pod=waypoint" "  saw: listener_tlv_status=ok"
}

@test "a missing TLV is reported as that" {
    expect_failed 911-wrong "missing TLV" "the TLV" "  expected: ok" "  actual:   none"
}

@test "a TLV where none should be is reported as that" {
    expect_failed 911-wrong "unexpected TLV" "the TLV" "  expected: none" "  actual:   ok" \
        "  saw: listener_tlv_destination_name=sink:80"
}

@test "a TLV with another destination is reported with both" {
    expect_failed 911-wrong "wrong destination in the TLV" "the TLV's destination" \
        "  expected: echo:80" "  actual:   sink:80"
}

@test "a refused connection is reported with its errno" {
    expect_failed 911-wrong "refused" "the connection failed (connect)" "  actual:   ECONNREFUSED"
}

@test "a connection that should have been refused is reported with where it went" {
    expect_failed 911-wrong "not refused" "the client's errno" "  expected: ECONNREFUSED" \
        "  saw: client_peer_name=web1:8080"
}

@test "a redirect that should not have been is reported with where it went" {
    expect_failed 911-wrong "redirected" "where the programs sent the connect" \
        "  saw: hooks_after_name=web1:8080"
}

@test "a failed test leaves a bundle of its lab and its flow, and says where" {
    local bundle=$BATS_FILE_TMPDIR/results/bundles/911-wrong-2-$WAYPOST_FAMILY.tar.zst
    expect_failed 911-wrong "wrong peer" "  bundle: sudo ./run.sh repro $bundle"
    waypost repro "$bundle" --lab helpers
    expect_match "what its flow does" "client*asked     *:80*parts     nowhere*" "$output"
}

@test "a test that passed leaves none" {
    [[ -e $BATS_FILE_TMPDIR/results/bundles/911-wrong-2-$WAYPOST_FAMILY.tar.zst ]]
    [[ ! -e $BATS_FILE_TMPDIR/results/bundles/911-wrong-1-$WAYPOST_FAMILY.tar.zst ]]
}

@test "lost bytes are counted" {
    expect_failed 911-wrong "lost bytes" "bytes that arrived" "  expected: 1000" "  actual:   999"
}

@test "the first wrong byte is named" {
    expect_failed 911-wrong "wrong byte" "first wrong byte" "  actual:   17"
}

@test "a wrong number of entries is reported with both" {
    expect_failed 911-wrong "sockets" "entries of km_socket" "  expected: 5" "  actual:   0"
}

@test "a silent log is reported as silent" {
    expect_failed 911-wrong "log" "the programs' log" "  expected: some warning" "  actual:   nothing"
}

@test "a warning that nobody asked for fails a test whose steps all passed" {
    expect_failed 911-wrong "unasked log" "an error or a warning that the test did not ask for is in the log" \
        "log: WARNING: service" "no backend at endpoint 1"
}

@test "a log with another text than was asked for is reported with both" {
    expect_failed 911-wrong "another log than the one that was asked for" "expected: some warning with 'no such text'" \
        "actual:   WARNING: service"
}

@test "records that do not come are counted" {
    expect_failed 911-wrong "records" "records of km_tcp_probe" "  expected: 2" "  actual:   0:"
}

@test "records that should not be there are shown" {
    expect_failed 911-wrong "more records" "more records of km_tcp_probe" "family=v4"
}

@test "records that may be right, as the test took so long, are inconclusive" {
    expect_failed 911-wrong "more records, late" \
        "inconclusive: whether more records of km_tcp_probe are right: the test has lasted " \
        "after 1 ms they may come" "did: waypost events"
}

@test "a field of another value is reported with both" {
    expect_failed 911-wrong "field" "the field state" "  expected: open" "  actual:   "
}

@test "a record that there is not is reported with those that there are" {
    expect_failed 911-wrong "no such record" "records with state=established direction=sideways" \
        "none in" "direction="
}

@test "a socket's storage is what was planted" {
    expect_failed 911-wrong "storage" "the field report_ns" "  expected: 7" "  actual:   5"
}

@test "an unknown setting is a mistake, and the known ones are named" {
    expect_failed 911-wrong "unknown setting" "waypost set: exit 2" "enable_it" "enable_monitoring"
}

@test "an unknown pod is a mistake, and the known ones are named" {
    expect_failed 911-wrong "unknown pod" "waypost flow: exit 2" "nobody" "client"
}

@test "refute fails when the command does not" {
    expect_failed 911-wrong "a command that succeeds" "this was expected to fail: true"
}

@test "a command that hangs is killed, and named with its limit" {
    expect_failed 911-wrong "a command that hangs" "in client, after 0.05 s not done: sleep 60"
}

@test "a command that fails is reported with its exit code and what it said" {
    expect_failed 911-wrong "a command that fails" "exit code, with the output 'no such luck'" \
        "  expected: 0" "  actual:   7"
}

@test "an agent that died is named by its pod: the listener's" {
    expect_failed 911-wrong "dead agent of a waypoint" "the agent of pod 'waypoint' is gone"
}

@test "an agent that died is named by its pod: the client's" {
    expect_failed 911-wrong "dead agent of a client" "the agent of pod 'client' is gone"
}

@test "a lab whose agents died is taken down all the same" {
    refute grep -q 'teardown_file failed' "$BATS_FILE_TMPDIR/911-wrong"
    expect_status_of 911-wrong 1
}

@test "a child that keeps fd 3 is named and ended, and bats does not wait for it" {
    expect_failed 912-forgets-fd3 "teardown_file failed" "sleep 47"
    expect_passed 912-forgets-fd3 "another test"
}

@test "a lab that cannot be built fails the whole file, with the reason, once" {
    expect_failed 913-no-lab "setup_file failed" "no-such-topology.yaml"
    refute grep -q 'teardown_file failed' "$BATS_FILE_TMPDIR/913-no-lab"
}

@test "a resident process that dies: the test that is under way fails, and so do those behind it" {
    expect_passed 914-dead "before"
    expect_failed 914-dead "when it dies" "is gone: what comes behind it could not be built"
    expect_failed 914-dead "after it has died" "is gone: what comes behind it could not be built"
    expect_failed 914-dead "teardown_file failed" "is gone"
}

@test "a resident process that dies: the lab is taken down all the same" {
    refute test -e "${WAYPOST_STATE:-/run/waypost}/s914-$WAYPOST_FAMILY"
}
