# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh test`: lint, the C unit tests built by gcc, by clang and with sanitizers, the unit tests of
# single programs, the runner's own tests, and the suites. Everything is counted in one closing line.
# Sourced by run.sh.

readonly TEST_LIMIT=900
readonly TEST_FUZZ_SECONDS=5

# A command as one test of its own: what it prints is shown when it fails.
test_as_tap() {
    local title=$1 output status=0

    shift
    output=$("$@" 2>&1 | build_without_progress) || status=$?
    printf '1..1\n'
    if ((status == 0)); then
        printf 'ok 1 - %s\n' "$title"
    else
        printf 'not ok 1 - %s\n# %s\n' "$title" "${output//$'\n'/$'\n# '}"
    fi
    return "$status"
}

test_stage() {
    say "== $*"
    jobs_run
}

test_make() {
    build_as_owner make -j"$(build_cores)" "$@"
}

test_lint() {
    build_as_owner env BUILD="$BUILD" harness/check/check.sh --tap
}

# Fuzzers of which one run is a test: no crash within some seconds. The input of one stays with the
# results.
test_fuzz() {
    local corpus

    corpus=$(mktemp -d)
    "$1" -max_total_time="$TEST_FUZZ_SECONDS" -verbosity=0 -artifact_prefix="$RESULTS/" "$corpus" "${@:2}"
}

test_add_builds() {
    jobs_add lint '' program - "$TEST_LIMIT" test_lint
    jobs_add build gcc program 1 "$TEST_LIMIT" test_as_tap 'the unit tests build' \
        test_make "BUILD=$BUILD" unit-tests unit
    jobs_add build clang program 1 "$TEST_LIMIT" test_as_tap 'everything builds by clang' \
        test_make "BUILD=$BUILD/by-clang" CC=clang all unit-tests vm-guest
    jobs_add build sanitized program 1 "$TEST_LIMIT" test_as_tap 'everything builds with ASan and UBSan' \
        test_make "BUILD=$BUILD/sanitized" SANITIZE=1 all unit-tests
    [[ -z $(echo harness/*/fuzz/*_fuzz.c) ]] ||
        jobs_add build fuzz program 1 "$TEST_LIMIT" test_as_tap 'the fuzzers build' \
            test_make "BUILD=$BUILD" fuzzers
}

# test_add_unit VARIANT DIRECTORY
test_add_unit() {
    local file
    local -i limit=SUITE_LIMIT

    [[ $1 != sanitized ]] || limit=$((3 * SUITE_LIMIT))
    for file in "$2"/test/*_test; do
        jobs_add "unit-${file##*/}" "$1" program - "$limit" \
            env CMOCKA_MESSAGE_OUTPUT=TAP ASAN_OPTIONS=abort_on_error=0 "$file"
    done
}

# The unit tests of single programs: one job per object, so that each has its own line.
test_add_programs() {
    local file name

    for file in bpf/unit/*.bpf.c; do
        name=${file##*/}
        name=${name%.bpf.c}
        jobs_add "program-$name" '' program - "$SUITE_LIMIT" "$WAYPOST" unit "$BUILD/unit/$name.o"
    done
}

test_add_fuzz() {
    local file room
    local -a seeds

    for file in "$BUILD"/fuzz/*_fuzz; do
        room=${file##*/}
        seeds=("harness/${room%%-*}/fuzz/seeds")
        [[ -d ${seeds[0]} ]] || seeds=()
        jobs_add "fuzz-$room" '' program 1 "$SUITE_LIMIT" \
            test_as_tap "no crash within $TEST_FUZZ_SECONDS s" test_fuzz "$file" "${seeds[@]}"
    done
}

test_add_runner() {
    local file name limit

    for file in harness/run/tests/*.bats; do
        name=${file##*/}
        # Virtual machines take their time.
        [[ $name == vm.bats ]] && limit=$TEST_LIMIT || limit=$SUITE_LIMIT
        jobs_add "${name%.bats}" '' bats - "$limit" suite_bats "$file" v4 ''
    done
}

# Virtual machines: what they need is fetched before the sandbox, which has no network. Where it cannot
# be had, the tests that boot one are skipped with that reason.
test_fetch_vm() {
    local reason

    reason=$({ setup_need vm && vm_kernel_package linux-image-cloud-amd64; } 2>&1 >/dev/null) && return
    export WAYPOST_NO_VM=${reason##*$'\n'}
    say "without virtual machines: $WAYPOST_NO_VM"
}

test_inside() {
    local -i seconds

    suite_parse test "$@"
    suite_select
    build_all
    suite_write_facts
    suite_environment
    jobs_open "${SUITE_SIDE_BY_SIDE:-$(jobs_default)}"
    test_add_builds
    test_stage "lint and builds"
    test_add_unit gcc "$BUILD"
    test_add_unit clang "$BUILD/by-clang"
    test_add_unit sanitized "$BUILD/sanitized"
    test_add_programs
    test_add_fuzz
    test_add_runner
    jobs_add verifier '' program 1 "$SUITE_LIMIT" verifier_as_tap
    test_stage "unit tests"
    suite_add_jobs
    test_stage "suites"
    seconds=$SECONDS
    suite_keep_labs
    say "== all of it took $((seconds / 60)) min $((seconds % 60)) s"
}

test_main() {
    suite_parse test "$@"
    need_root test
    setup_need test
    test_fetch_vm
    suite_sandboxed test_inside "${SUITE_ARGUMENTS[@]}"
}
