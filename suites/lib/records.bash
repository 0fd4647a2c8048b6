# SPDX-License-Identifier: Apache-2.0
# What the programs report in ring buffers, and what they keep: read, planted, switched. Part of the
# vocabulary (waypost.bash).
#
#     @test "SO-4 …" {
#         flow client web:80
#         records km_tcp_probe 4
#         record direction=outbound state=close
#         expect_field client "${OBS[client_local_plain]}"
#     }

# shellcheck shell=bash
# shellcheck disable=SC2154 # output is what waypost() printed

# All that the last `records` read, by "NUMBER FIELD" (from 1), and how many they were.
declare -gA RECORDS=()
declare -gi RECORDS_N=0
# One of them, by field: what `record` chose, or the first. Or what `storage` read.
declare -gA RECORD=()

# forget_records [MAP]: in setup, or in front of what is to be looked at: what was reported until now.
_forget_records() {
    events_of "$@"
    events_or_skip "${1:-km_log_event}"
}

# records MAP N [OPTION…]: waits, 5 s at most, until the programs have reported N records in MAP. Those
# that follow stay where they are: see no_more_records.
_records() {
    need_map "$1"
    events_of "$1" --count "$2" "${@:3}"
    read_records
    events_or_skip "$1"
    [[ $status -eq 0 ]] || die "records of $1" "$2" "$RECORDS_N:"$'\n'"$output"
    choose_record 1
}

# no_more_records MAP: nothing was reported but what was read. It does not wait: what must not come is
# tried before something that must, whose records were waited for.
_no_more_records() {
    need_map "$1"
    events_of "$1"
    events_or_skip "$1"
    [[ -z $output ]] || die "more records of $1" "" "$output"
}

# record FIELD=PATTERN…: chooses the one record of the last `records` in which the fields are so.
_record() {
    local -i i found=0
    for ((i = 1; i <= RECORDS_N; i++)); do
        record_is "$i" "$@" || continue
        ((found == 0)) || die "records with $*" "one" "more:"$'\n'"$output"
        found=$i
    done
    ((found > 0)) || die "records with $*" "one" "none in"$'\n'"$output"
    choose_record "$found"
}

# expect_field FIELD PATTERN: of the record that was chosen, or of a socket's storage.
_expect_field() {
    [[ -v RECORD[$1] ]] || die "there is no field '$1', only: ${!RECORD[*]}"
    expect_match "the field $1" "$2" "${RECORD[$1]}"
}

# storage POD SOCKET: km_sockstorage of a kept socket, or of the connection from CLIENT:PORT that the
# pod accepted; its fields are in RECORD.
_storage() {
    local line
    _require_program sockops_prog
    waypost socket "$LAB" "$1" "$2" --vars "${@:3}"
    RECORD=()
    while IFS= read -r line; do
        [[ -z $line ]] || RECORD[${line%%=*}]=${line#*=}
    done <<<"$output"
}

# plant POD SOCKET JSON: writes fields of it; a time as {"report_ago_ms": 6000}.
_plant() {
    lab_changed
    waypost socket "$LAB" "$1" "$2" set "$3" "${@:4}"
}

# setting NAME=VALUE…: the programs' global variables; skips the test where they have not got them.
_setting() {
    local status=0
    lab_changed
    STEPS+=("waypost set $LAB $*")
    output=$("$WAYPOST" set "$LAB" "$@" 2>&1 3>&-) || status=$?
    [[ $status -ne 1 ]] || skip "${output#waypost: }"
    [[ $status -eq 0 ]] || die "waypost set: exit $status: $output"
}

# events_of [MAP] [OPTION…]: what `waypost events` printed in $output, its exit code in $status.
events_of() {
    local map=()
    [[ $# -eq 0 ]] || map=(--map "$1")
    status=0
    STEPS+=("waypost events $LAB $*")
    output=$("$WAYPOST" events "$LAB" "${map[@]}" "${@:2}" --vars 2>&1 3>&-) || status=$?
}

# events_or_skip MAP: behind events_of. Older programs have fewer maps.
events_or_skip() {
    [[ $status -le 1 ]] || [[ $output != *'there is no map'* ]] || skip "these programs have no $1"
    [[ $status -le 1 ]] || die "waypost events: exit $status: $output"
}

read_records() {
    local line
    RECORDS=() RECORD=() RECORDS_N=0
    while IFS= read -r line; do
        [[ $line != map=* ]] || RECORDS_N+=1
        [[ $line != *=* ]] || RECORDS["$RECORDS_N ${line%%=*}"]=${line#*=}
    done <<<"$output"
}

# record_is NUMBER FIELD=PATTERN…
record_is() {
    local field
    for field in "${@:2}"; do
        # shellcheck disable=SC2053 # it is a pattern
        [[ ${RECORDS["$1 ${field%%=*}"]:-} == ${field#*=} ]] || return 1
    done
}

choose_record() {
    local key
    RECORD=()
    for key in "${!RECORDS[@]}"; do
        [[ $key != "$1 "* ]] || RECORD[${key#* }]=${RECORDS[$key]}
    done
}
