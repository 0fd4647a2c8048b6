#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Programs that a distribution has, as clients and as proxies, beside the same over a direct flow: whole
# answers, and no pause that a direct flow has not.

# shellcheck disable=SC2030,SC2031,SC2154 # output is the vocabulary's, and each test's own

load lib/waypost
load lib/programs

setup_file() {
    lab_up programs
    programs_up
}

teardown_file() {
    lab_down
}

setup() {
    lab_reset
    need_connect "$WAYPOST_FAMILY"
    need_tlv
    PROGRAMS=$BATS_TEST_DIRNAME/lib/programs
}

# nginx_fetches WAY CONNECTIONS: fifty answers by the client's nginx, direct and through the waypoint.
nginx_fetches() {
    local bytes digest pause direct_pause expected
    need_command nginx test
    answers 50
    expected=$digest
    came curl -sSN --noproxy '*' "http://127.0.0.1:8000/direct-$1/answer?[1-50]"
    expect_whole "the direct flows" 50 "$expected"
    direct_pause=$pause
    : >"$HEADS"
    came curl -sSN --noproxy '*' "http://127.0.0.1:8000/http-$1/answer?[1-50]"
    expect_whole "the waypoint flows" 50 "$expected"
    expect_no_pause "a waypoint flow" "$pause" "$direct_pause"
    expect_tlvs "$2" http 80
}

# java_fetches TIMES CONNECTIONS connection|channel: Java has IPv6 sockets, for IPv4 too, if it is not told otherwise.
java_fetches() {
    need_command javac
    fetch_both "$1" "$2" http 80 java "-Djava.net.preferIPv4Stack=$([[ $WAYPOST_FAMILY != v4 ]] || echo true)" \
        "$PROGRAMS/Get.java" "$3" URL "$1"
}

# --- proxies -------------------------------------------------------------------------------------

@test "AP-6 nginx as a waypoint's client: 2 MB through proxy_pass fifty times, whole and without a pause" {
    nginx_fetches fresh 50
}

@test "AP-6 nginx that keeps its connection to a waypoint: 2 MB fifty times, whole and without a pause" {
    nginx_fetches kept 1
}

# --- clients -------------------------------------------------------------------------------------

@test "AP-6 curl with HTTP/1.1 keep-alive: 2 MB twenty times on one connection" {
    fetch_both 20 1 http 80 curl -sSN --noproxy '*' --http1.1 'URL?[1-20]'
}

@test "AP-6 curl with HTTP/2: 2 MB" {
    fetch_both 1 1 http2 81 curl -sSN --noproxy '*' --http2-prior-knowledge URL
}

@test "AP-6 socat: 2 MB" {
    fetch_both 1 1 http 80 "$PROGRAMS/socat-get" URL
}

@test "AP-6 Python's http.client: 2 MB twenty times on one connection" {
    need_command python3
    fetch_both 20 1 http 80 python3 "$PROGRAMS/http_client.py" URL 20
}

@test "AP-6 Python's asyncio: 2 MB twenty times on one connection" {
    need_command python3
    fetch_both 20 1 http 80 python3 "$PROGRAMS/streams.py" URL 20
}

# bats test_tags=long
@test "AP-6 Node's http: 2 MB twenty times on one connection" {
    need_command node
    fetch_both 20 1 http 80 node "$PROGRAMS/http.js" URL 20
}

# bats test_tags=long
@test "AP-6 Java's HttpURLConnection: 2 MB twenty times on one connection" {
    java_fetches 20 1 connection
}

# bats test_tags=long
@test "AP-6 Java's NIO: 2 MB by a non-blocking channel and a selector" {
    java_fetches 1 1 channel
}

# --- much, and many ------------------------------------------------------------------------------

# echoes BYTES MS: so many go up and come back, direct and through the waypoint.
echoes() {
    local direct_pause
    flow client direct:82 --bytes "$1" --deadline "$2"
    expect_connected
    expect_echo
    observed client_longest_pause_ms
    direct_pause=$output
    flow client echo:82 --bytes "$1" --deadline "$2"
    expect_waypoint waypoint:15008 echo:82
    expect_echo
    observed client_longest_pause_ms
    expect_no_pause "the waypoint flow" "$output" "$direct_pause"
}

@test "AP-7 16 MiB each way at once: whole and without a pause" {
    echoes 16777216 20000
}

# bats test_tags=long
@test "AP-7 1 GiB each way at once: whole and without a pause" {
    echoes 1073741824 120000
}

# Each flow compares what came back by itself; the pauses are of all of them together.
# bats test_tags=long
@test "AP-7 1,000 flows at once, 64 KiB each way: whole and without a pause" {
    local address bytes digest pause direct_pause
    need_command python3
    allow_log "nobody reads km_tcp_probe" # the reports of 2,000 connections fill it
    address_of direct
    came python3 "$PROGRAMS/many.py" "http://$address:82" 1000 65536
    expect_equal "the bytes of the direct flows" 65536000 "$bytes"
    direct_pause=$pause
    address_of echo
    came python3 "$PROGRAMS/many.py" "http://$address:82" 1000 65536
    expect_equal "the bytes of the waypoint flows" 65536000 "$bytes"
    expect_no_pause "the waypoint flows" "$pause" "$direct_pause"
    forget_records
    flow client echo:82
    expect_waypoint waypoint:15008 echo:82
}
