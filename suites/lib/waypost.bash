# SPDX-License-Identifier: Apache-2.0
# The vocabulary of the suites. A test says what is given, does one thing and says what it expects:
#
#     @test "CN-2 service with a waypoint: the flow goes there and carries its TLV" {
#         flow client web:80
#         expect_waypoint waypoint:15008 web:80
#     }
#
# The words are carried to one `waypost serve`, which answers all tests of the file: it makes the
# flow, remembers what was seen, compares, and writes the report of a failure (harness/serve). Here
# nothing is known of them. This file is read again for every test, and bats traces every command of
# a test: it stays short, and no word starts a process.
# The runner sets WAYPOST (the program), WAYPOST_FAMILY (v4, v6 or mapped) and the sandbox.

# shellcheck shell=bash
# shellcheck disable=SC2034 # output and status are for the tests

WAYPOST=${WAYPOST:-$BATS_TEST_DIRNAME/../build/waypost}
WAYPOST_FAMILY=${WAYPOST_FAMILY:-v4}
export WAYPOST_FAMILY
# A word to a process that has died is an error, and not the end of the shell.
trap : PIPE

# --- asking ------------------------------------------------------------------------------------

# ask WORD [ARGUMENT…]: returns when the word has passed. harness/serve/serve.h has the form.
ask() {
    local head
    # What a word does is not traced; a test's own lines stay so, for a failure to name them.
    [[ -z $BATS_TEST_NAME ]] || set +T
    [[ -n ${SERVED_BY:-} ]] || serve
    printf '%s\0' $(($# + 2)) "${BATS_TEST_NUMBER:-}" "${LAB:-}" "$@" >&30 2>/dev/null || unanswered
    read -r -N 9 -u 31 head || unanswered
    [[ $head == '0       0' ]] || answered "$head"
}

# answered CODE-AND-LENGTH: lengths are in bytes.
answered() {
    local LC_ALL=C text=
    [[ ${1:1} -eq 0 ]] || read -r -N $((${1:1})) -u 31 text || unanswered
    case $1 in
        3*) output=$text ;;
        4*) status=$((${text:0:3})) output=${text:3} ;;
        2*) skip "$text" ;;
        *)
            printf '%s' "$text" >&2
            end_test
            ;;
    esac
}

# The process is the shell's that asks first: of all tests, when that is setup_file. The descriptors of a
# coprocess, and what is duplicated from them, do not reach the tests; what is opened does.
serve() {
    coproc WAYPOST_SERVE { exec "$WAYPOST" serve 3>&-; }
    exec 30>"/proc/self/fd/${WAYPOST_SERVE[1]}" 31<"/proc/self/fd/${WAYPOST_SERVE[0]}"
    export SERVED_BY=$WAYPOST_SERVE_PID
}

unanswered() {
    printf 'the resident waypost (process %s) is gone: what comes behind it could not be built\n' \
        "$SERVED_BY" >&2
    end_test
}

# What bats traced last is what failed: nothing behind it was traced, nor is what ends the test.
end_test() {
    trap - DEBUG
    BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
    exit 1
}

# A file with a setup of its own asks for something in it, lab_reset mostly.
setup() { set +T; }

# --- the lab -----------------------------------------------------------------------------------

# lab_up TOPOLOGY [OPTION…]: in setup_file. The lab is named after the file and the family.
lab_up() {
    local -
    set +T
    local file=${BATS_TEST_FILENAME##*/} root=${BASH_SOURCE[0]%/suites/lib/*} objects=()
    # run.sh --objects: somebody else's programs.
    [[ -z ${WAYPOST_OBJECTS_DIR:-} ]] || objects=(--objects "$WAYPOST_OBJECTS_DIR")
    ask lab_up "s${file%%-*}-$WAYPOST_FAMILY" -t "$root/topologies/$1.yaml" --partial \
        "${objects[@]}" "${@:2}"
    export LAB=s${file%%-*}-$WAYPOST_FAMILY
}

# lab_down: in teardown_file. What is left of the lab, or of a test, is a failure.
lab_down() {
    local -
    set +T
    if [[ -n ${SERVED_BY:-} && -n ${LAB:-} ]] && ! kill -0 "$SERVED_BY" 2>/dev/null; then
        "$WAYPOST" down "$LAB" 3>&-
    fi
    ask lab_down "${WAYPOST_KEEP:-}" $$ "${WAYPOST_LEAK_LIMIT:-2000000}"
}

# lab_reset: in setup. When the test before has changed something, back to the topology's state.
lab_reset() { ask lab_reset; }
lab_changed() { ask lab_changed; }
leak_remember() { ask leak_remember; }
expect_no_leak() { ask expect_no_leak "${WAYPOST_LEAK_LIMIT:-2000000}"; }
expect_no_strays() { ask expect_no_strays $$; }

# A file with a teardown of its own calls test_over in it, last.
teardown() { test_over; }

# test_over: what the programs have logged as an error or a warning, and the test has not asked for
# (expect_log, allow_log), fails it: good paths are silent. A test that failed leaves a bundle of its lab, as
# `waypost capture` makes them.
test_over() {
    output=
    [[ -n ${SERVED_BY:-} && -n ${LAB:-} ]] || return 0
    [[ -n ${BATS_TEST_COMPLETED:-}${BATS_TEST_SKIPPED:-} ]] || {
        report_of_failure
        return 0
    }
    ask unasked_log
    [[ -n $output && -z ${BATS_TEST_SKIPPED:-} ]] || return 0
    printf 'an error or a warning that the test did not ask for is in the log\n%s\n' "$output" >&2
    report_of_failure
    return 1
}

# In a shell of its own: a teardown that ended the test's would leave it without a result.
report_of_failure() (
    file=${BATS_TEST_FILENAME##*/}
    for word in unasked_log "bundle ${BASH_SOURCE[0]%/suites/lib/*} ${file%.bats} $BATS_TEST_NUMBER"; do
        output=
        # shellcheck disable=SC2086 # words
        ask $word
        [[ -z $output ]] || printf '%s\n' "$output" >&2
    done
) || true

# --- doing -------------------------------------------------------------------------------------

flow() { ask flow "$@"; }
keep() { ask keep "$@"; }
go_on() { ask go_on "$@"; }
connect_many() { ask connect_many "$@"; }
taken() { ask taken "$@"; }
observed() { ask observed "$@"; }
manage() { ask manage "$@"; }
map_set() { ask map_set "$@"; }
map_delete() { ask map_delete "$@"; }
map_get() { ask map_get "$@"; }
policy() { ask policy "$@"; }
map_dump() { ask map_dump "$@"; }
exec_in() { ask exec_in "${WAYPOST_EXEC_LIMIT:-10}" "$@"; }
exec_ok() { ask exec_ok "${WAYPOST_EXEC_LIMIT:-10}" "$@"; }
forget_records() { ask forget_records "$@"; }
records() { ask records "$@"; }
record() { ask record "$@"; }
recorded() { ask recorded "$@"; }
storage() { ask storage "$@"; }
plant() { ask plant "$@"; }
setting() { ask setting "$@"; }

# waypost VERB…: a process of its own, in the test's directory; it has to succeed. What it printed is in
# $output. What it could not decide, or try, is no failure.
waypost() {
    local code=0
    ask step waypost "$@"
    output=$("$WAYPOST" "$@" 2>&1 3>&-) || code=$?
    [[ $code -ne 3 || ! $output =~ "waypost: "(inconclusive|shortage)": "([^$'\n']*) ]] ||
        die "inconclusive: ${BASH_REMATCH[2]}"
    [[ $code -eq 0 ]] || die "waypost $1: exit $code: $output"
}

# other_family: $OWN is the family of the addresses that this run's maps hold, $OTHER is not.
other_family() {
    OWN=v4 OTHER=v6
    [[ $WAYPOST_FAMILY != v6 ]] || OWN=v6 OTHER=v4
}

# --- needing: what there is not skips the test --------------------------------------------------

require() { ask require "$@"; }
require_program() { ask require_program "$@"; }
require_object() { ask require_object "$@"; }
require_layout() { ask require_layout "$@"; }
require_setting() { ask require_setting "$@"; }
need_connect() { ask need_connect "$@"; }
need_tlv() { ask need_tlv; }

# --- expecting ---------------------------------------------------------------------------------

expect_waypoint() { ask expect_waypoint "$@"; }
expect_backend() { ask expect_backend "$@"; }
expect_untouched() { ask expect_untouched; }
expect_backend_or_untouched() { ask expect_backend_or_untouched "$@"; }
expect_led_or_refused() { ask expect_led_or_refused "$@"; }
expect_errno() { ask expect_errno "$@"; }
expect_connected() { ask expect_connected; }
expect_peer() { ask expect_peer "$@"; }
expect_peers() { ask expect_peers "$@"; }
expect_payload() { ask expect_payload; }
expect_tlv() { ask expect_tlv "$@"; }
expect_no_tlv() { ask expect_no_tlv; }
expect_head() { ask expect_head "$@"; }
expect_received() { ask expect_received "$@"; }
expect_echo() { ask expect_echo; }
expect_seen() { ask expect_seen "$@"; }
expect_seen_like() { ask expect_seen_like "$@"; }
expect_status() { ask expect_status "$@"; }
expect_managed() { ask expect_managed "$@"; }
expect_manage() { ask expect_manage "$@"; }
expect_map() { ask expect_map "$@"; }
expect_count() { ask expect_count "$@"; }
expect_sockets() { ask expect_sockets "$@"; }
expect_log() { ask expect_log "$@"; }
refute_log() { ask refute_log "$@"; }
allow_log() { ask allow_log "$@"; }
no_more_records() { ask no_more_records "$@"; }
expect_field() { ask expect_field "$@"; }
expect_fields() { ask expect_fields "$@"; }
expect_verdicts() { ask expect_verdicts "$@"; }
expect_outcomes() { ask expect_outcomes "$@"; }
expect_program() { ask expect_program "$@"; }

# expect_equal WHAT EXPECTED ACTUAL
expect_equal() {
    [[ $2 == "$3" ]] || die "$1" "$2" "$3"
}

# expect_match WHAT PATTERN ACTUAL: a pattern as in `case`.
expect_match() {
    # shellcheck disable=SC2053
    [[ $3 == $2 ]] || die "$1" "$2" "$3"
}

# refute COMMAND…: the command has to fail. (`! command` in the middle of a bats test passes always.)
refute() {
    ! "$@" 3>&- >/dev/null 2>&1 || die "this was expected to fail: $*"
}

# die REASON [EXPECTED ACTUAL]: ends the test; the report shows what was done and the last flow.
die() {
    printf '%s\n' "$1" >&2
    [[ $# -lt 3 ]] || printf '  expected: %s\n  actual:   %s\n' "${2:-nothing}" "${3:-nothing}" >&2
    output=
    [[ -z ${SERVED_BY:-} ]] || ask report
    printf '%s' "$output" >&2
    end_test
}
