# SPDX-License-Identifier: Apache-2.0
# What is in the records of connections: requests for authorization, and reports.

# shellcheck shell=bash
# shellcheck disable=SC2034 # RECORD_FAMILY is for the tests

# How records call this run's family: IPv4-mapped is IPv4.
RECORD_FAMILY=v4
[[ $WAYPOST_FAMILY != v6 ]] || RECORD_FAMILY=v6

# expect_fields FIELD VALUE…: of the record that was chosen.
_expect_fields() {
    while [[ $# -ge 2 ]]; do
        [[ -v RECORD[$1] ]] || die "there is no field '$1', only: ${!RECORD[*]}"
        expect_equal "the field $1" "$2" "${RECORD[$1]}"
        shift 2
    done
}

# expect_reports DIRECTION…: of each end one report of the beginning and one of the end come. The last
# one's end is chosen.
_expect_reports() {
    local direction
    records km_tcp_probe $(($# * 2))
    for direction; do
        record "direction=$direction" state=established
        record "direction=$direction" state=close
    done
}

# expect_asked POD TARGET:PORT: the one request that comes is that of the last flow, from the pod to
# that end.
_expect_asked() {
    records km_auth_req 1
    expect_fields family "$RECORD_FAMILY" client "${OBS[client_local_plain]}" \
        client_name "$1:${OBS[client_local_plain]##*:}" server_name "$2"
}

# expect_bytes FIELD N: so many, or one more: the kernel counts the end of a stream as a byte.
_expect_bytes() {
    [[ ${RECORD[$1]} -eq $2 || ${RECORD[$1]} -eq $(($2 + 1)) ]] ||
        die "the field $1" "$2, or $(($2 + 1)) with the stream's end" "${RECORD[$1]}"
}

# expect_times: the record's own times agree.
_expect_times() {
    [[ ${RECORD[start_ns]} -gt 0 && ${RECORD[report_ns]} -ge ${RECORD[start_ns]} ]] ||
        die "start_ns and report_ns" "in that order" "${RECORD[start_ns]}, ${RECORD[report_ns]}"
    expect_equal "the field duration_ns" "$((RECORD[report_ns] - RECORD[start_ns]))" \
        "${RECORD[duration_ns]}"
}

untraced expect_fields expect_reports expect_asked expect_bytes expect_times
