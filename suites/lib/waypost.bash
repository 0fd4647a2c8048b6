# SPDX-License-Identifier: Apache-2.0
# The vocabulary of the suites. A test says what is given, does one thing and says what it expects:
#
#     @test "CN-2 service with a waypoint: the flow goes there and carries its TLV" {
#         flow client web:80
#         expect_waypoint waypoint:15008 web:80
#     }
#
# Every helper has a time limit of its own, closes fd 3 (a child that kept it would hang bats),
# checks the exit code of what it ran, and dies with what was expected and what was seen.
# The runner sets WAYPOST (the program), WAYPOST_FAMILY (v4, v6 or mapped) and the sandbox.

# shellcheck shell=bash

WAYPOST=${WAYPOST:-$BATS_TEST_DIRNAME/../build/waypost}
WAYPOST_FAMILY=${WAYPOST_FAMILY:-v4}
export WAYPOST_FAMILY

# What the last flow saw, by the names of `waypost flow --vars`.
declare -gA OBS=()
# What this test did, for the report of a failure.
declare -ga STEPS=()

# shellcheck source=suites/lib/needs.bash
source "${BASH_SOURCE[0]%/*}/needs.bash"
# shellcheck source=suites/lib/nothing-left.bash
source "${BASH_SOURCE[0]%/*}/nothing-left.bash"
# shellcheck source=suites/lib/records.bash
source "${BASH_SOURCE[0]%/*}/records.bash"
# shellcheck source=suites/lib/bundle.bash
source "${BASH_SOURCE[0]%/*}/bundle.bash"

# A file with a teardown of its own calls bundle_of_failure in it.
teardown() {
    bundle_of_failure
}

# --- failing -----------------------------------------------------------------------------------

# die REASON [EXPECTED ACTUAL]: ends the test; the report shows what was done and the last flow.
die() {
    printf '%s\n' "$1" >&2
    [[ $# -lt 3 ]] || printf '  expected: %s\n  actual:   %s\n' "${2:-nothing}" "${3:-nothing}" >&2
    [[ ${#STEPS[@]} -eq 0 ]] || printf '  did: %s\n' "${STEPS[@]}" >&2
    local key
    for key in client_errno client_stage client_local client_peer_name client_source_name \
        client_answered_name client_sources_name hooks_before_name \
        hooks_after_name listener_pod listener_tlv_status listener_tlv_destination_name \
        listener_payload_bytes listener_payload_wrong_at listener_head; do
        [[ -z ${OBS[$key]:-} ]] || printf '  saw: %s=%s\n' "$key" "${OBS[$key]}" >&2
    done
    exit 1
}

# expect_equal WHAT EXPECTED ACTUAL
_expect_equal() {
    [[ $2 == "$3" ]] || die "$1" "$2" "$3"
}

# expect_match WHAT PATTERN ACTUAL: a pattern as in `case`.
_expect_match() {
    # shellcheck disable=SC2053
    [[ $3 == $2 ]] || die "$1" "$2" "$3"
}

# refute COMMAND…: the command has to fail. (`! command` in the middle of a bats test passes always.)
_refute() {
    if "$@" 3>&- >/dev/null 2>&1; then
        die "this was expected to fail: $*"
    fi
}

# waypost VERB…: runs it, dies when it fails; what it printed is in $output.
_waypost() {
    local status=0
    STEPS+=("waypost $*")
    output=$("$WAYPOST" "$@" 2>&1 3>&-) || status=$?
    [[ $status -eq 0 ]] || die "waypost $1: exit $status: $output"
}

# --- the lab -----------------------------------------------------------------------------------

# lab_up TOPOLOGY [OPTION…]: in setup_file. The lab is named after the file and the family.
_lab_up() {
    local file=${BATS_TEST_FILENAME##*/}
    local name=s${file%%-*}-$WAYPOST_FAMILY
    local objects=()
    # run.sh --objects: somebody else's programs.
    [[ -z ${WAYPOST_OBJECTS_DIR:-} ]] || objects=(--objects "$WAYPOST_OBJECTS_DIR")
    waypost up "$name" -t "${BASH_SOURCE[0]%/suites/lib/*}/topologies/$1.yaml" --partial "${objects[@]}" "${@:2}"
    lab_absent "$name"
    export LAB=$name
    STEPS=()
}

# lab_down: in teardown_file. What is left of the lab, or of a test, is a failure.
_lab_down() {
    expect_no_strays
    # run.sh --keep: the labs stay for a look at them.
    [[ -n ${LAB:-} && -z ${WAYPOST_KEEP:-} ]] || return 0
    leak_remember
    waypost down "$LAB"
    expect_no_leak
}

# A test that changes maps, pods or sockets says so, and the next one starts from the topology's
# state again.
lab_changed() {
    : >"$BATS_FILE_TMPDIR/changed"
}

# lab_reset: in setup.
_lab_reset() {
    [[ -e $BATS_FILE_TMPDIR/changed ]] || return 0
    waypost reset "$LAB"
    rm "$BATS_FILE_TMPDIR/changed"
    STEPS=()
}

# exec_in POD COMMAND…: in the pod's namespaces and cgroup; $output and $status. A command that is
# still busy after $WAYPOST_EXEC_LIMIT seconds (10) is killed, and the test fails.
_exec_in() {
    local limit=${WAYPOST_EXEC_LIMIT:-10}
    STEPS+=("exec $*")
    status=0
    output=$(timeout -k 1 "$limit" "$WAYPOST" exec "$LAB" "$1" -- "${@:2}" 2>&1 3>&- </dev/null) ||
        status=$?
    [[ $status -ne 124 && $status -ne 137 ]] || die "in $1, after $limit s not done: ${*:2}"
}

# exec_ok POD COMMAND…: exec_in, and it has to succeed. POD may be a node too.
_exec_ok() {
    exec_in "$@"
    [[ $status -eq 0 ]] || die "$2 in $1: exit $status: $output"
}

# expect_status N: the exit code of the last exec_in.
_expect_status() {
    [[ $status -eq $1 ]] || die "exit code, with the output '$output'" "$1" "$status"
}

# --- doing -------------------------------------------------------------------------------------

# flow POD TARGET:PORT [OPTION…]: one flow, one observation (see `waypost flow --help`).
_flow() {
    local flow_limit
    OBS=()
    need_flow "$@"
    waypost flow "$LAB" "$@" "${flow_limit[@]}" --vars
    read_observation
    flow_remember "$@"
    [[ ${OBS[client_deadline]:-} != true || " $* " == *' --deadline '* ]] || : >"$BATS_FILE_TMPDIR/waited"
}

read_observation() {
    local line
    while IFS= read -r line; do
        OBS[${line%%=*}]=${line#*=}
    done <<<"$output"
}

# keep NAME POD TARGET:PORT [OPTION…]: a flow whose connection stays open under that name.
_keep() {
    lab_changed
    flow "${@:2}" --socket "$1" --end keep
}

# go_on NAME POD [OPTION…]: more on the connection of that name; `--end keep` to keep it open.
_go_on() {
    flow "$2" - --socket "$1" "${@:3}"
}

# connect_many N POD TARGET:PORT: N connections in one request, of which nothing is sent; how many
# ended where is in ${PEERS[NAME:PORT]}.
_connect_many() {
    local peer
    declare -gA PEERS=()
    # What the programs report of them fills the ring buffers.
    lab_changed
    flow "${@:2}" --repeat "$1" --bytes 0 --deadline $((5000 + 30 * $1))
    expect_connected
    for peer in ${OBS[client_peers_name]}; do
        PEERS[${peer%=*}]=${peer##*=}
    done
}

# taken POD CLIENT:PORT: what the pod's listener saw of a connection that no agent made.
_taken() {
    OBS=()
    waypost taken "$LAB" "$@" --vars
    read_observation
}

# manage POD enable|disable [--family F]: a command. Where flows are IPv4-mapped it is sent in IPv4, so
# that only the tests of mapped commands (MG-8) depend on those.
_manage() {
    local family=$WAYPOST_FAMILY arguments="$*"
    [[ $family != mapped ]] || family=v4
    [[ $arguments != *--family* ]] || { family=${arguments#*--family?} && family=${family%% *}; }
    lab_changed
    need_connect "$family"
    waypost manage "$LAB" "${@:1:2}" --family "$family"
}

_map_set() {
    need_map "$@"
    lab_changed
    waypost map "$LAB" set "$@"
}

_map_delete() {
    need_map "$@"
    lab_changed
    waypost map "$LAB" delete "$@"
}

# map_get MAP KEY: the value in $output, or the empty string.
_map_get() {
    local status=0
    STEPS+=("waypost map $LAB get $*")
    output=$("$WAYPOST" map "$LAB" get "$@" 2>/dev/null 3>&-) || status=$?
    [[ $status -le 1 ]] || die "waypost map get $*: exit $status"
    [[ $status -eq 0 ]] || output=
}

# map_dump MAP [NODE-OPTION…]: the whole map in $output.
_map_dump() {
    waypost map "$LAB" dump "$@"
}

# other_family: $OWN is the family of the addresses that this run's maps hold, $OTHER is not.
# shellcheck disable=SC2034
_other_family() {
    OWN=v4 OTHER=v6
    [[ $WAYPOST_FAMILY != v6 ]] || OWN=v6 OTHER=v4
}

# --- expecting: flows --------------------------------------------------------------------------

_expect_connected() {
    expect_equal "the connection failed (${OBS[client_stage]:-})" "" "${OBS[client_errno]}"
}

# expect_errno NAME [STAGE]
_expect_errno() {
    expect_equal "the client's errno" "$1" "${OBS[client_errno]}"
    [[ $# -lt 2 ]] || expect_equal "where it failed" "$2" "${OBS[client_stage]}"
}

# expect_peer NAME:PORT: what getpeername() says, what the hook left, and who accepted.
_expect_peer() {
    expect_connected
    expect_equal "the client's peer" "$1" "${OBS[client_peer_name]}"
    # A flow that goes on has made no connect.
    [[ -z ${OBS[asked]} ]] ||
        expect_equal "where the programs sent the connect" "$1" "${OBS[hooks_after_name]}"
    expect_equal "the pod that accepted" "${1%:*}" "${OBS[listener_pod]}"
    expect_equal "the port that accepted" "${1##*:}" "${OBS[listener_port]}"
    expect_equal "the client as the listener sees it" "${OBS[client_local_plain]}" "${OBS[listener_peer]}"
}

# expect_payload: every byte that was sent arrived, in order, and nothing else.
_expect_payload() {
    expect_equal "bytes that arrived" "${OBS[client_sent]}" "${OBS[listener_payload_bytes]}"
    expect_equal "first wrong byte" "" "${OBS[listener_payload_wrong_at]}"
    expect_equal "the payload's digest" "${OBS[client_sent_digest]}" "${OBS[listener_payload_digest]}"
}

# expect_tlv NAME:PORT: exactly one, well formed for the socket's family, with that destination.
_expect_tlv() {
    local size=28
    need_tlv
    [[ $WAYPOST_FAMILY != v4 ]] || size=16
    expect_equal "the TLV" ok "${OBS[listener_tlv_status]}"
    expect_equal "the TLV's destination" "$1" "${OBS[listener_tlv_destination_name]}"
    expect_equal "the TLV's size" "$size" "${OBS[listener_tlv_size]}"
}

# expect_head PATTERN: the first raw bytes that the listener read, in hexadecimal digits; they may go
# on behind the pattern.
_expect_head() {
    need_tlv
    # shellcheck disable=SC2053 # it is a pattern
    [[ ${OBS[listener_head]} == $1* ]] ||
        die "the first bytes that the listener read" "$1…" "${OBS[listener_head]}"
}

_expect_no_tlv() {
    expect_equal "the TLV" none "${OBS[listener_tlv_status]}"
}

# expect_received N: so many bytes, every one of them right: the listener's greeting or an echo.
_expect_received() {
    expect_equal "bytes that the client received" "$1" "${OBS[client_received]}"
    expect_equal "first wrong byte that the client received" "" "${OBS[client_received_wrong_at]}"
}

# expect_echo: everything came back as it was sent.
_expect_echo() {
    expect_received "${OBS[client_sent]}"
    expect_equal "the digest of what came back" "${OBS[client_sent_digest]}" \
        "${OBS[client_received_digest]}"
}

# expect_waypoint WAYPOINT:PORT ASKED:PORT: the whole of a waypoint flow.
_expect_waypoint() {
    need_tlv
    expect_peer "$1"
    expect_tlv "$2"
    expect_payload
}

# expect_led_or_refused WAYPOINT:PORT ASKED:PORT: a whole waypoint flow; or the application was told by
# the kernel, before the flow's own deadline, and the waypoint has read nothing.
_expect_led_or_refused() {
    need_tlv
    if [[ -z ${OBS[client_errno]} ]]; then
        expect_waypoint "$@"
        return
    fi
    expect_equal "the client was left waiting" false "${OBS[client_deadline]}"
    expect_equal "bytes that the waypoint read of a flow that failed" 0 "${OBS[listener_raw_bytes]:-0}"
}

# expect_backend POD:PORT: redirected or direct, without a TLV.
_expect_backend() {
    expect_peer "$1"
    expect_no_tlv
    expect_payload
}

# expect_untouched: the hook left what was asked, whether or not anybody answers there.
_expect_untouched() {
    expect_equal "where the programs sent the connect" "${OBS[asked]}" "${OBS[hooks_after]}"
    [[ -z ${OBS[client_peer]} ]] || expect_equal "the client's peer" "${OBS[asked]}" "${OBS[client_peer]}"
    [[ -z ${OBS[listener_pod]} ]] || expect_no_tlv
}

# expect_peers NAME:PORT…: the connections of connect_many ended at each of these, and nowhere else.
_expect_peers() {
    local peer
    for peer in "$@" "${!PEERS[@]}"; do
        [[ -n ${PEERS[$peer]:-} && " $* " == *" $peer "* ]] ||
            die "where the connections ended" "$*" "${!PEERS[*]}"
    done
}

# --- expecting: maps and log -------------------------------------------------------------------

# expect_managed POD yes|no [FAMILY…]: the cookie, and the addresses of the families (default: both).
_expect_managed() {
    local line family
    need_map km_manage
    waypost manage "$LAB" "$1" status --vars
    local -A held=()
    while IFS= read -r line; do
        held[${line%%=*}]=${line#*=}
    done <<<"$output"
    expect_equal "the cookie of $1 in km_manage" "$2" "${held[cookie]}"
    for family in ${3:-v4 v6} "${@:4}"; do
        expect_equal "the $family address of $1 in km_manage" "$2" "${held[$family]}"
    done
}

# expect_manage POD [cookie] [v4] [v6]: exactly these of the pod are in km_manage.
_expect_manage() {
    local line found=
    need_map km_manage
    waypost manage "$LAB" "$1" status --vars
    while IFS= read -r line; do
        [[ $line != *=yes ]] || found+=" ${line%=*}"
    done <<<"$output"
    expect_equal "what km_manage holds of $1" "${*:2}" "${found# }"
}

# expect_map MAP KEY VALUE: the entry as `waypost map get` prints it.
_expect_map() {
    map_get "$1" "$2"
    expect_equal "$1 $2" "$3" "$output"
}

# expect_count MAP N [NODE-OPTION…]
_expect_count() {
    need_map "$1"
    waypost map "$LAB" count "$1" "${@:3}"
    expect_equal "entries of $1" "$2" "$output"
}

# expect_sockets N [NODE-OPTION…]: entries of km_socket.
_expect_sockets() {
    need_tlv
    waypost map "$LAB" count km_socket "${@:2}"
    expect_equal "entries of km_socket" "$1" "$output"
}

# expect_log LEVEL / refute_log LEVEL: an `error`, or a `warning` or worse, of those that the programs
# have logged since the last look. How they put it is theirs; a word that names the level is in it.
_expect_log() {
    _require_setting bpf_log_level
    log_has "$1" || die "the programs' log" "some $1" "${output:-nothing}"
}

_refute_log() {
    ! log_has "$1" || die "the programs' log" "no $1" "$output"
}

# log_has LEVEL: looks at the log once, and leaves it in $output.
log_has() {
    local words='err(or)?'
    [[ $1 != warning ]] || words+='|warn(ing)?'
    waypost events "$LAB" --map km_log_event
    [[ ${output,,} =~ (^|[^a-z])($words)([^a-z]|$) ]]
}

# --- what tests call ---------------------------------------------------------------------------

# bats traces every command of a test by a DEBUG trap, at 0.1 ms each: 40 ms for one flow. What
# tests call is therefore a shell around the helper of that name with an underscore, in which the
# trace is off. A test's own lines stay traced, so that a failure names the line of the test.
untraced() {
    local -
    set +T
    _untraced "$@"
}

_untraced() {
    local name
    for name in "$@"; do
        eval "$name() { local -; set +T; _$name \"\$@\"; }"
    done
}

untraced expect_equal expect_match refute waypost lab_up lab_down lab_reset exec_in exec_ok \
    expect_status flow keep go_on connect_many taken manage map_set map_delete map_get map_dump \
    other_family expect_connected expect_errno expect_peer expect_payload expect_tlv expect_head \
    expect_no_tlv expect_received expect_echo expect_waypoint expect_led_or_refused \
    expect_backend expect_untouched \
    expect_peers expect_managed expect_manage expect_map expect_count expect_sockets expect_log \
    refute_log forget_records records record no_more_records expect_field storage plant setting \
    expect_no_leak expect_no_strays bundle_of_failure require require_program require_layout \
    require_setting expect_program
