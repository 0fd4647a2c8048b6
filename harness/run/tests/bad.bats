# SPDX-License-Identifier: Apache-2.0
# Suites that fail, die, hang and lie, and how each of them is reported; they are in fixtures/suites.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # output and status come from `run`; suites are written here

bats_require_minimum_version 1.5.0

load run

setup_file() {
    cd "$BATS_TEST_DIRNAME/../../.." || return
    export OUTPUT=$BATS_FILE_TMPDIR/bad
    local status=0
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/suites ./run.sh suite --time-limit 20 \
        --junit "$BATS_FILE_TMPDIR/bad.xml" >"$OUTPUT" 2>&1 3>&- || status=$?
    echo "exit $status" >>"$OUTPUT"
}

teardown_file() {
    rm -rf "$(sed -n 's,.*see \(results/[^/]*\)/.*,\1,p' "$OUTPUT" | head -n 1)"
}

# expect_line TEXT...: each is (part of) a line of the bad run's output.
expect_line() {
    local text
    for text; do
        grep -F -- "$text" "$OUTPUT" >/dev/null || {
            echo "no line has: $text"
            cat "$OUTPUT"
            return 1
        }
    done
}

@test "a run with failures exits 1 and ends with its counts" {
    run tail -n 2 "$OUTPUT"
    echo "$output"
    [[ ${lines[0]} =~ ^[0-9]+\ passed,\ [0-9]+\ failed,\ 1\ skipped$ ]]
    [[ ${lines[1]} == "exit 1" ]]
}

@test "a failing test: its name, the families, what it printed" {
    expect_line "FAILED 101-fails: F-2 fails [v" "expected: a" "actual: "
    [[ $(grep -c "FAILED 101-fails: F-2" "$OUTPUT") == 1 ]]
}

@test "a skip is told with its reason" {
    expect_line "skipped (1): there is no such feature" "F-3 is skipped [v4]"
}

@test "a bats that dies: failed by the file's name, the tests without a result are counted" {
    expect_line "FAILED 102-dies [v4]: ended with status" \
        "FAILED 102-dies [v4]: 1 of 3 planned tests have no result"
    grep -F '<testsuite name="106-setup-fails [v4]" tests="2" failures="2"' "$BATS_FILE_TMPDIR/bad.xml"
}

@test "a test that hangs: killed, named, with what it was doing" {
    expect_line "FAILED 103-hangs [v4]: made no progress for 20 s and was killed, in the test: H-2 hangs" \
        "processes: tail -f /dev/null"
}

@test "a child that holds fd 3: said so, with the child" {
    expect_line "FAILED 104-holds-fd3 [v4]: made no progress for 20 s and was killed, after its last test" \
        "processes: yes ("
}

@test "a file that is not bash" {
    expect_line "FAILED 105-is-not-bash: setup_file failed [v4]" "syntax error"
}

@test "a setup_file that fails: its words, and all tests of the file are failed" {
    expect_line "FAILED 106-setup-fails: setup_file failed [v4]" "there is no lab" \
        "FAILED 106-setup-fails [v4]: 1 of 2 planned tests have no result"
}

@test "a teardown_file that fails" {
    expect_line "FAILED 107-teardown-fails: teardown_file failed [v4]" "something was left"
}

@test "a test that forges results" {
    expect_line "FAILED 108-forges [v4]: line" "this is not TAP: 'hello'" "or twice, 'X-1 prints"
}

@test "the JUnit file has the counts of the closing line" {
    local passed failed skipped
    read -r passed _ failed _ skipped _ < <(grep -E '^[0-9]+ passed' "$OUTPUT")
    grep -F "tests=\"$((passed + ${failed%,} + skipped))\" failures=\"${failed%,}\"" "$BATS_FILE_TMPDIR/bad.xml"
}

@test "a teardown that takes too long is not taken for a child that holds on; the next file finds it gone" {
    local idle=$BATS_TEST_TMPDIR/idle
    touch "$idle"
    mkdir "$BATS_TEST_TMPDIR/suites"
    printf 'teardown_file() { setsid --wait tail -f %s; }\n@test "passes" { :; }\n' "$idle" \
        >"$BATS_TEST_TMPDIR/suites/100-slow.bats"
    printf '@test "alone" { ! pgrep -f "tail -f %s"; }\n' "${idle%e}[e]" \
        >"$BATS_TEST_TMPDIR/suites/200-next.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites run ./run.sh suite --family v4 --jobs 1 --time-limit 6 3>&-
    echo "$output"
    [[ $status == 1 && $output == *"made no progress for 6 s and was killed, after its last test"* ]]
    [[ $output == *"; processes: "*"tail -f $idle"* && $output != *"holds on to its output"* ]]
    [[ ${lines[-1]} == "2 passed, 1 failed, 0 skipped" ]]
    forget_results
}

undecided() {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/undecided run ./run.sh suite "$@" 3>&-
    echo "$output"
}

@test "what is inconclusive: a count of its own, its sentence, exit 3, an error in JUnit" {
    undecided 100 --junit "$BATS_TEST_TMPDIR/j.xml" --tap "$BATS_TEST_TMPDIR/all.tap"
    expect 3 "3 passed, 0 failed, 0 skipped, 3 inconclusive"
    [[ $output == *"INCONCLUSIVE 100-undecided: U-2 had no turn ["*$'\n'"    the flow: nobody had a turn"* ]]
    [[ $output == *" 1 passed, 1 inconclusive"* && $output != *FAILED*U-2* ]]
    grep -F 'tests="6" failures="0" errors="3" skipped="0"' "$BATS_TEST_TMPDIR/j.xml"
    grep -F '<error message="the flow: nobody had a turn">' "$BATS_TEST_TMPDIR/j.xml"
    [[ $(grep -c '^# inconclusive: the flow' "$BATS_TEST_TMPDIR/all.tap") == 3 ]]
    forget_results
    run "$WAYPOST" merge "$BATS_TEST_TMPDIR/j.xml"
    expect 3 "3 passed, 0 failed, 0 skipped, 3 inconclusive"
}

@test "inconclusive and failed: exit 1; --failed takes both up again" {
    BUILD=$BATS_TEST_TMPDIR WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/undecided \
        run "$WAYPOST" run suite 100 200 --family v4 3>&-
    expect 1 "1 passed, 1 failed, 0 skipped, 1 inconclusive"
    forget_results
    BUILD=$BATS_TEST_TMPDIR WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/undecided \
        run "$WAYPOST" run suite --failed --list 3>&-
    expect 0 "2 tests"
}
