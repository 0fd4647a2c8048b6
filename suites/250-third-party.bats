#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Clients and waypoints that the suite did not write: socat and curl. What socat took off the wire
# is compared byte for byte with the TLV as docs/contract.md gives it, without our reader's help.

load lib/waypost
load lib/listen

setup_file() {
    lab_up third-party
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    need_connect "$WAYPOST_FAMILY"
    need_tlv
}

# The addresses of topologies/third-party.yaml.
address_of() {
    local name=$1
    if [[ $WAYPOST_FAMILY == v6 ]]; then
        case $name in
            agent) address="[fd00:96::7:1]" ;;
            raw) address="[fd00:96::7:2]" ;;
            http) address="[fd00:96::7:3]" ;;
        esac
    else
        case $name in
            agent) address=10.96.7.1 ;;
            raw) address=10.96.7.2 ;;
            http) address=10.96.7.3 ;;
        esac
        [[ $WAYPOST_FAMILY != mapped ]] || address="[::ffff:$address]"
    fi
}

# tlv_of raw|http: in $tlv, in hexadecimal digits, what has to stand in front of everything that a
# client sends to raw:8000 or http:80.
tlv_of() {
    local v4=0a600702 v6=fd000096000000000000000000070002 port=1f40
    [[ $1 == raw ]] || v4=0a600703 v6=fd000096000000000000000000070003 port=0050
    case $WAYPOST_FAMILY in
        v4) tlv=0100000006${v4}${port}fe00000000 ;;
        v6) tlv=0100000012${v6}${port}fe00000000 ;;
        mapped) tlv=010000001200000000000000000000ffff${v4}${port}fe00000000 ;;
    esac
}

# expect_file_hex FILE HEX
expect_file_hex() {
    local hex
    hex=$(xxd -p -c 0 "$1" 3>&-)
    expect_equal "the bytes that socat read" "$2" "$hex"
}

@test "TL-1 raw bytes: socat to socat, the TLV and then what was typed" {
    local address tlv
    address_of raw
    tlv_of raw
    listen waypoint -u TCP6-LISTEN:15108,ipv6only=0 "CREATE:$BATS_TEST_TMPDIR/raw"
    # From a file: the end of a child may interrupt socat's connect().
    echo hello >"$BATS_TEST_TMPDIR/typed"
    exec_in client socat -u "OPEN:$BATS_TEST_TMPDIR/typed" "TCP:$address:8000"
    expect_status 0
    listened
    expect_file_hex "$BATS_TEST_TMPDIR/raw" "${tlv}68656c6c6f0a"
}

@test "TL-5 raw bytes: a socat that sends nothing is read as nothing" {
    local address
    address_of raw
    listen waypoint -u TCP6-LISTEN:15108,ipv6only=0 "CREATE:$BATS_TEST_TMPDIR/raw"
    exec_in client socat -u /dev/null "TCP:$address:8000"
    expect_status 0
    listened
    expect_file_hex "$BATS_TEST_TMPDIR/raw" ""
}

@test "TL-3 raw bytes: 1 MiB from socat arrives behind the TLV" {
    local address tlv
    address_of raw
    tlv_of raw
    listen waypoint -u TCP6-LISTEN:15108,ipv6only=0 "CREATE:$BATS_TEST_TMPDIR/raw"
    head -c 1048576 /dev/urandom >"$BATS_TEST_TMPDIR/sent" 3>&-
    exec_in client socat -u -b 65536 "OPEN:$BATS_TEST_TMPDIR/sent" "TCP:$address:8000"
    expect_status 0
    listened
    head -c $((${#tlv} / 2)) "$BATS_TEST_TMPDIR/raw" >"$BATS_TEST_TMPDIR/tlv" 3>&-
    expect_file_hex "$BATS_TEST_TMPDIR/tlv" "$tlv"
    cmp "$BATS_TEST_TMPDIR/sent" \
        <(tail -c +$((${#tlv} / 2 + 1)) "$BATS_TEST_TMPDIR/raw" 3>&-) 3>&- ||
        die "what arrived behind the TLV is not what was sent"
}

@test "TL-1 raw bytes: what an agent sends, read by socat" {
    local tlv hex
    tlv_of raw
    listen waypoint -u TCP6-LISTEN:15108,ipv6only=0 "CREATE:$BATS_TEST_TMPDIR/raw"
    flow client raw:8000 --bytes 1
    expect_connected
    listened
    hex=$(xxd -p -c 0 "$BATS_TEST_TMPDIR/raw" 3>&-)
    expect_equal "the bytes that socat read, without the last" "$tlv" "${hex::-2}"
}

@test "TL-2 curl: its request arrives behind the TLV, and the waypoint's answer at curl" {
    local address tlv
    address_of http
    tlv_of http
    listen waypoint TCP6-LISTEN:15109,ipv6only=0 \
        "SYSTEM:$BATS_TEST_DIRNAME/lib/http-waypoint $((${#tlv} / 2)) $BATS_TEST_TMPDIR/tlv"
    exec_in client curl -sS --noproxy '*' "http://$address/hello"
    expect_status 0
    expect_equal "what curl got" "answered: GET /hello HTTP/1.1" "$output"
    listened
    expect_file_hex "$BATS_TEST_TMPDIR/tlv" "$tlv"
}

@test "TL-6 curl: an agent as the waypoint reads the TLV, resets, and curl sees the reset" {
    local address
    address_of agent
    exec_in client curl -sS --noproxy '*' --local-port 4242 "http://$address/hello"
    expect_status 56
    taken waypoint client:4242
    expect_tlv agent:80
    observed listener_head listener_tlv_size
    expect_equal "what stands behind the TLV: 'GET /'" 474554202f "${output:2*${output#* }:10}"
}
