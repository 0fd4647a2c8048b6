# SPDX-License-Identifier: Apache-2.0
# Programs as a distribution has them, at both ends of a flow; topologies/programs.yaml.
#
# nginx answers in the pods `web` and `waypoint`, with a file of ANSWER bytes. In front of the waypoint's a
# socat takes the TLV off each connection, and appends it to $HEADS. What a program fetched is written to
# its stdout as it comes, where `waypost pauses` sees how evenly it came.

# shellcheck shell=bash
# shellcheck disable=SC2154 # output is the vocabulary's

ANSWER=2000000
# A pause that is nobody's fault is shorter.
PAUSE_MS=200

# need_command COMMAND [SETUP]: what `run.sh setup SETUP` installs.
need_command() {
    type -P "$1" >/dev/null || skip "$1 is not installed (./run.sh setup ${2:-all})"
}

# --- in setup_file -------------------------------------------------------------------------------

programs_up() {
    HEADS=$BATS_FILE_TMPDIR/heads
    export HEADS
    : >"$HEADS"
    type -P nginx >/dev/null || return 0
    head -c "$ANSWER" /dev/urandom >"$BATS_FILE_TMPDIR/answer" 3>&-
    nginx_in web "$(nginx_answers)"
    nginx_in waypoint "$(nginx_answers)"
    nginx_in client "$(nginx_asks)"
    takes_tlv_off 15108 8080
    takes_tlv_off 15109 8081
}

# nginx_in POD SERVERS: it goes into the background when it listens, and ends with its pod.
nginx_in() {
    local dir=$BATS_FILE_TMPDIR/nginx-$1
    mkdir -p "$dir"
    printf '%s\n' 'user root; worker_processes 1; pid pid; error_log error.log;' \
        'events { worker_connections 2048; }' \
        'http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi;' \
        'uwsgi_temp_path uwsgi; scgi_temp_path scgi;' "$2" '}' >"$dir/nginx.conf"
    exec_ok "$1" nginx -p "$dir" -e "$dir/error.log" -c "$dir/nginx.conf"
}

nginx_answers() {
    printf 'server { listen [::]:8080 ipv6only=off; listen [::]:8081 ipv6only=off http2; root %s; }\n' \
        "$BATS_FILE_TMPDIR"
}

# To each service by kept connections, and by one for each request, which is what nginx does by itself.
nginx_asks() {
    local service address
    for service in direct http; do
        address_of "$service"
        printf 'upstream %s { server %s:80; keepalive 4; }\n' "$service" "$address"
    done
    printf 'server { listen 127.0.0.1:8000;\n'
    for service in direct http; do
        address_of "$service"
        printf 'location /%s-fresh/ { proxy_pass http://%s/; }\n' "$service" "$address"
        printf 'location /%s-kept/ { proxy_pass http://%s/; proxy_http_version 1.1; %s }\n' \
            "$service" "$service" 'proxy_set_header Connection "";'
    done
    printf '}\n'
}

# takes_tlv_off PORT BEHIND: returns when it listens. sed reads on for as long as the socat says something.
takes_tlv_off() {
    local said
    tlv_of http 80
    exec {said}< <(
        exec 3>&- 2>/dev/null </dev/null
        "$WAYPOST" exec "$LAB" waypoint -- socat -d -d \
            "TCP6-LISTEN:$1,ipv6only=0,fork,backlog=1024" \
            "SYSTEM:head -c $((${#tlv} / 2)) >>$HEADS; exec socat - TCP\\:127.0.0.1\\:$2" \
            2>&1 | sed -u -n '/ listening on /p'
    )
    read -r -t 100 -u "$said" || die "socat does not listen at $1"
}

# --- addresses -----------------------------------------------------------------------------------

# address_of SERVICE: in $address, as a URL has it.
address_of() {
    local -A last=([direct]=1 [http]=2 [http2]=3 [echo]=4)
    case $WAYPOST_FAMILY in
        v4) address=10.96.8.${last[$1]} ;;
        v6) address="[fd00:96::8:${last[$1]}]" ;;
        mapped) address="[::ffff:10.96.8.${last[$1]}]" ;;
    esac
}

# tlv_of SERVICE PORT: in $tlv, in hexadecimal digits.
tlv_of() {
    local -A last=([http]=02 [http2]=03)
    local port
    printf -v port %04x "$2"
    case $WAYPOST_FAMILY in
        v4) tlv=01000000060a6008${last[$1]}${port}fe00000000 ;;
        v6) tlv=0100000012fd0000960000000000000000000800${last[$1]}${port}fe00000000 ;;
        mapped) tlv=010000001200000000000000000000ffff0a6008${last[$1]}${port}fe00000000 ;;
    esac
}

# --- fetching ------------------------------------------------------------------------------------

# came COMMAND…: runs it in the client's pod; in $bytes, $digest and $pause what came of it. The time
# limit only ends a program that has stopped.
came() {
    local limit=30 status=0 said=$BATS_TEST_TMPDIR/said
    ask step exec client "$@"
    output=$(set -o pipefail
        "$WAYPOST" exec "$LAB" client -- timeout "$limit" "$@" 2>"$said" 3>&- </dev/null |
            "$WAYPOST" pauses 3>&-) || status=$?
    read -r bytes digest pause <<<"$output"
    [[ $status -eq 0 ]] || die "$1: exit $status after $bytes bytes: $(<"$said")"
}

# answers TIMES: in $digest, of so many answers.
answers() {
    local i
    output=$(for ((i = 0; i < $1; i++)); do
        cat "$BATS_FILE_TMPDIR/answer" 3>&-
    done | "$WAYPOST" pauses 3>&-)
    read -r _ digest _ <<<"$output"
}

# expect_whole WHAT TIMES DIGEST
expect_whole() {
    expect_equal "the bytes of $1" "$(($2 * ANSWER))" "$bytes"
    expect_equal "the digest of $1" "$3" "$digest"
}

# expect_no_pause WHAT MS DIRECT-MS: none that a direct flow has not.
expect_no_pause() {
    (($2 <= PAUSE_MS || $2 <= 2 * $3)) ||
        die "$1 paused" "at most $PAUSE_MS ms; the direct flow's longest pause was $3 ms" "$2 ms"
}

# expect_tlvs CONNECTIONS SERVICE PORT: so many connections came to the waypoint, each behind one TLV.
expect_tlvs() {
    local i hex expected=
    tlv_of "$2" "$3"
    for ((i = 0; i < $1; i++)); do
        expected+=$tlv
    done
    hex=$(xxd -p -c 0 "$HEADS" 3>&-)
    expect_equal "what stood in front of each connection" "$expected" "$hex"
}

# fetch_both TIMES CONNECTIONS SERVICE PORT COMMAND…: URL in COMMAND is of the direct service, then of
# the one with a waypoint.
fetch_both() {
    local times=$1 connections=$2 service=$3 port=$4 address bytes digest pause direct_pause expected
    shift 4
    need_command nginx test
    answers "$times"
    expected=$digest
    address_of direct
    came "${@//URL/http://$address:$port/answer}"
    expect_whole "the direct flow" "$times" "$expected"
    direct_pause=$pause
    : >"$HEADS"
    address_of "$service"
    came "${@//URL/http://$address:$port/answer}"
    expect_whole "the waypoint flow" "$times" "$expected"
    expect_no_pause "the waypoint flow" "$pause" "$direct_pause"
    expect_tlvs "$connections" "$service" "$port"
}
