# SPDX-License-Identifier: Apache-2.0
# The options of `run.sh suite`.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # output and status come from `run`; suites are written here

bats_require_minimum_version 1.5.0

load run

@test "--filter-tags: with, without, alternatives" {
    good --filter-tags fast,once
    expect 0 "1 passed, 0 failed, 0 skipped"
    good --filter-tags '!once,!no-mapped'
    expect 0 "3 passed, 0 failed, 0 skipped"
    good --filter-tags once --filter-tags no-mapped
    expect 0 "3 passed, 0 failed, 0 skipped"
}

@test "--list runs nothing" {
    good --list
    expect 0 "6 tests"
    [[ ${lines[1]} == "100-passes.bats: R-2 runs once [v4]" ]]
}

@test "--list --ids: every behaviour of the contract, and exit 1 when one has no test" {
    mkdir "$BATS_TEST_TMPDIR/suites"
    sed -n 's/^| \([A-Z][A-Z]-[0-9]*\) |.*/@test "\1 and MG-1, MG-1 again" {\n}/p' docs/contract*.md \
        >"$BATS_TEST_TMPDIR/suites/100-all.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites run ./run.sh suite --list --ids
    [[ $output =~ $'\n'"MG-1 "\ +[0-9]{2,}\ .*$'\n'"CN-18 "\ +1\ +3\ +100-all$'\n' ]]
    expect 0 "${lines[-1]%% *} behaviours, ${lines[-1]%% *} tested, 0 without a test"
    sed -i 's/"CN-18 and/"CN-180 and/' "$BATS_TEST_TMPDIR/suites/100-all.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites run ./run.sh suite --list --ids
    [[ ${lines[-1]} == *", 1 without a test: CN-18" && $status == 1 ]]
    mv "$BATS_TEST_TMPDIR"/suites/{100,900}-all.bats
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites run ./run.sh suite --list --ids
    [[ ${lines[-1]} == *" behaviours, 0 tested, "* && $status == 1 ]]
    good --ids
    expect 2 "run.sh: --ids needs --list"
}

@test "mistakes on the command line: one sentence, exit 2" {
    good --jobs many
    expect 2 "run.sh: --jobs takes a number from 1, not 'many'"
    good --jobs
    expect 2 "run.sh: option '--jobs' needs a value; see ./run.sh --help"
    good --no-such-option
    expect 2 "run.sh: 'suite' does not take '--no-such-option'; see ./run.sh --help"
    good --objects /nowhere
    expect 2 "run.sh: --objects: there is no directory '/nowhere'"
    run ./run.sh no-such-verb
    expect 2 "run.sh: no verb 'no-such-verb'; there are: setup, suite, unit, test, verifier, vm, shell, repro, shrink, doctor, clean"
    run ./run.sh test something
    expect 2 "run.sh: 'test' does not take 'something'; see ./run.sh --help"
    run ./run.sh shell ../etc passwd
    expect 2 "run.sh: '../etc' or 'passwd' is not a name"
    run ./run.sh repro
    expect 2 "run.sh: 'repro' takes a bundle: ./run.sh repro BUNDLE"
    run ./run.sh clean everything
    expect 2 "run.sh: 'clean' takes --labs, not 'everything'"
    run ./run.sh __inside suite_inside
    expect 2 "run.sh: __inside is not for people"
}

@test "--version: the same before anything is built" {
    run ./run.sh --version
    expect 0 "waypost $(sed -n 's/^VERSION *:= *//p' Makefile)"
    [[ $output == "$("$WAYPOST" --version)" ]]
}

@test "--family: only these" {
    good --family v6
    expect 0 "2 passed, 0 failed, 0 skipped"
    good --family v6 --family mapped
    expect 0 "3 passed, 0 failed, 0 skipped"
    good --family v5
    expect 2 "run.sh: --family takes v4, v6 or mapped, not 'v5'"
}

# What failed is remembered beside what was built: here apart from that of other runs.
failing() {
    BUILD=$BATS_TEST_TMPDIR WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/suites run "$WAYPOST" run suite "$@" 3>&-
}

@test "--failed: what failed last time, and nothing else" {
    failing --failed
    expect 2 "run.sh: --failed: there was no run yet"
    failing 101 100
    expect 1 "9 passed, 3 failed, 1 skipped"
    forget_results
    failing --failed
    expect 1 "0 passed, 3 failed, 0 skipped"
    forget_results
    failing --failed --family v6
    expect 1 "0 passed, 1 failed, 0 skipped"
    forget_results
    failing --failed --list
    expect 0 "1 tests"
    failing 106
    expect 1 "0 passed, 2 failed, 0 skipped"
    forget_results
    failing --failed --list
    expect 0 "2 tests"
    failing 100
    expect 0 "6 passed, 0 failed, 0 skipped"
    failing --failed
    expect 2 "run.sh: --failed: nothing failed last time"
}

@test "--fail-fast: the first failure ends the run, and what had no end is said" {
    known 100 101 --fail-fast --jobs 1
    echo "$output"
    [[ $output =~ $'\n'"stopped at the first failure: "[1-6]" of 6 files did not end"$'\n' ]]
    [[ ${lines[-1]} == *" passed, 1 failed, "* && $status == 1 ]]
    [[ $output == *"FAILED 101-fails: F-2 fails ["*"expected: a"* ]]
    forget_results
}

@test "all that was selected was skipped: exit 2, unless that is allowed" {
    known F-3
    expect 2 "0 passed, 0 failed, 1 skipped"
    known F-3 --allow-skipped
    expect 0 "0 passed, 0 failed, 1 skipped"
}

@test "--plant: the suite's programs with this one in place of its namesake" {
    local plant=$BATS_TEST_TMPDIR/cgroup_connect4.bpf.c
    sed 's/\.port = (__be16)ctx->user_port, \.v4/.port = 0, .v4/' bpf/datapath/cgroup_connect4.bpf.c >"$plant"
    WAYPOST_SUITES='' run ./run.sh suite CN-3 --family v4 --plant "$plant" --junit "$BATS_TEST_TMPDIR/j.xml" 3>&-
    echo "$output"
    [[ $status == 1 && $output == *"FAILED 010-smoke: CN-3 smoke: a service without a waypoint [v4]"* ]]
    grep -F "name=\"objects\" value=\"suite with $plant\"" "$BATS_TEST_TMPDIR/j.xml"
    forget_results
    cp bpf/datapath/cgroup_connect4.bpf.c "$plant"
    WAYPOST_SUITES='' run ./run.sh suite 010 --family v4 --plant "$plant" 3>&-
    expect 0 "6 passed, 0 failed, 0 skipped"
}

@test "--plant: mistakes are said before anything runs" {
    echo 'int half = ;' >"$BATS_TEST_TMPDIR/xdp.bpf.c"
    good --plant "$BATS_TEST_TMPDIR/xdp.bpf.c"
    expect 2 "run.sh: --plant: '$BATS_TEST_TMPDIR/xdp.bpf.c' does not compile"
    [[ $output == *"xdp.bpf.c:1:12: error: expected expression"* ]]
    mv "$BATS_TEST_TMPDIR"/{xdp,xdq}.bpf.c
    good --plant "$BATS_TEST_TMPDIR/xdq.bpf.c"
    [[ $status == 2 && $output == *"is named like none of the suite's programs; there are: "*" sendmsg.bpf.c "* ]]
    good --plant "$BATS_TEST_TMPDIR/xdq.bpf.c" --objects bpf
    expect 2 "run.sh: --plant is about the suite's own programs: without --objects"
}

@test "--time-limit: for the runs within a run, too" {
    mkdir "$BATS_TEST_TMPDIR/suites"
    # shellcheck disable=SC2016 # the test's
    echo '@test "limits" { echo "limit: $WAYPOST_TIME_LIMIT"; false; }' \
        >"$BATS_TEST_TMPDIR/suites/100-limits.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites run ./run.sh suite --family v4 --time-limit 600 3>&-
    [[ $status == 1 && $output == *"    limit: 600"* ]]
    forget_results
}

# expecting LINE...: a run of 101-fails.bats with these lines as expectations.
expecting() {
    printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/mine.txt"
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/suites run ./run.sh suite 101 \
        --expect "$BATS_TEST_TMPDIR/mine.txt" 3>&-
}

@test "--expect: an expected failure counts as skipped, with its reason" {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/suites run ./run.sh suite 101 --expect known 3>&-
    expect 0 "3 passed, 0 failed, 4 skipped"
    [[ $output == *"skipped (3): expected: it is broken (#1, until 2999-12-31)"* ]]
    [[ $output != *results/* ]]
}

@test "--expect: one that passes fails the run, and so does a line that expired" {
    expecting "F-2 | 101-fails: F-2 fails | it is broken | #1 | 2999-12-31" \
        "F-1 | 101-fails: F-1 passes [v6] | it is not | #1 | 2999-12-31"
    expect 1 "2 passed, 1 failed, 4 skipped"
    [[ $output == *"FAILED 101-fails: F-1 passes [v6]"*"expected to fail, and passed: "*"mine.txt:2 can go"* ]]
    rm -rf "$(sed -n 's,.*see \(results/[^/]*\)/.*,\1,p' <<<"$output" | head -n 1)"
    expecting "F-2 | 101-fails: F-2 fails | it is broken | #1 | 2999-12-31" \
        "F-3 | 101-fails: F-3 is skipped | long ago | #1 | 2020-12-31"
    expect 1 "3 passed, 1 failed, 4 skipped"
    [[ $output == *"FAILED expectations: line 2, 101-fails: F-3 is skipped"*"expired: it was to hold until 2020-12-31"* ]]
}

@test "--expect: a line with a mistake in it is found before anything runs" {
    expecting "F-2 | 101-fails: F-2 fails | it is broken | #1 | soon"
    expect 2 "waypost: $BATS_TEST_TMPDIR/mine.txt:1: the expiry must be a date, YYYY-MM-DD"
    expecting "F-9 | 101-fails: F-9 fails | it is broken | #1 | 2999-12-31"
    expect 2 "waypost: $BATS_TEST_TMPDIR/mine.txt:1: there is no test '101-fails: F-9 fails'"
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/suites run ./run.sh suite --expect nothing
    expect 2 "run.sh: --expect: there is no file '$BATS_TEST_DIRNAME/fixtures/suites/expectations/nothing.txt'; there are: known"
}
