# SPDX-License-Identifier: Apache-2.0
# run.sh's own tests: suites that pass, fail, die, hang and lie, and how each of them is reported. The
# suites are in fixtures/; each run is a run.sh of its own, in a sandbox of its own.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # output and status come from `run`; suites are written here

bats_require_minimum_version 1.5.0

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

setup() {
    cd "$BATS_TEST_DIRNAME/../../.." || return
}

# good ARGUMENT...: a run of the suites that pass.
good() {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/good run ./run.sh suite "$@" 3>&-
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

# expect STATUS LAST-LINE
expect() {
    echo "$output"
    [[ $status == "$1" ]]
    [[ ${lines[-1]} == "$2" ]]
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
}

@test "a test that hangs: killed, named, with what it was doing" {
    expect_line "FAILED 103-hangs [v4]: did not end within 20 s and was killed, in the test: H-2 hangs" \
        "processes: tail -f /dev/null"
}

@test "a child that holds fd 3: said so, with the child" {
    expect_line "FAILED 104-holds-fd3 [v4]: did not end within 20 s and was killed, after its last test" \
        "processes: tail -f /dev/zero"
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

@test "all passed: exit 0, nothing kept" {
    good
    expect 0 "6 passed, 0 failed, 0 skipped"
    [[ $output != *results/* ]]
}

@test "a pattern is a part of a file's name, or else of a test's" {
    good 00-pass
    expect 0 "6 passed, 0 failed, 0 skipped"
    good '(a) [b] * + ?'
    expect 0 "3 passed, 0 failed, 0 skipped"
    good "R-2" "R-3"
    expect 0 "3 passed, 0 failed, 0 skipped"
}

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
    sed -n 's/^| \([A-Z][A-Z]-[0-9]*\) |.*/@test "\1 and MG-1, MG-1 again" {\n}/p' docs/contract.md \
        >"$BATS_TEST_TMPDIR/suites/100-all.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites run ./run.sh suite --list --ids
    [[ $output =~ $'\n'"MG-1 "\ +[0-9]{2}\ .*$'\n'"CN-18 "\ +1\ +3\ +100-all$'\n' ]]
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

@test "nothing selected: exit 2, and it says what did not match" {
    good no-such-test
    expect 2 "run.sh: no test matches 'no-such-test'; see ./run.sh suite --list"
    good --filter-tags no-such-tag
    expect 2 "run.sh: no test has the tag 'no-such-tag'; there are: fast, no-mapped, no-v4, no-v6, once"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR run ./run.sh suite 3>&-
    expect 2 "run.sh: no test matches"
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

# known ARGUMENT...: a run of the suites that go wrong.
known() {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/suites run ./run.sh suite "$@" 3>&-
}

# The results of the run whose output is in $output.
forget_results() {
    rm -rf "$(sed -n 's,.*see \(results/[^/]*\)/.*,\1,p' <<<"$output" | head -n 1)"
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
    [[ $output =~ $'\n'"stopped at the first failure: "[1-5]" of 6 files did not end"$'\n' ]]
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
    echo '@test "limits" { echo "$WAYPOST_TIME_LIMIT $WAYPOST_INNER_LIMIT"; false; }' \
        >"$BATS_TEST_TMPDIR/suites/100-limits.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites run ./run.sh suite --family v4 --time-limit 600 3>&-
    [[ $status == 1 && $output == *"    600 200"* ]]
    forget_results
}

@test "files of an earlier run are gone before anything else happens" {
    local file
    for file in one.xml two.tap; do
        echo old >"$BATS_TEST_TMPDIR/$file"
    done
    cd "$BATS_TEST_TMPDIR"
    run "$OLDPWD/run.sh" suite --no-such-option --junit one.xml --tap=two.tap
    [[ $status == 2 && ! -e one.xml && ! -e two.tap ]]
}

@test "a teardown that takes too long is not taken for a child that holds on" {
    mkdir "$BATS_TEST_TMPDIR/suites"
    printf 'teardown_file() { tail -f /dev/null; }\n@test "passes" { :; }\n' \
        >"$BATS_TEST_TMPDIR/suites/100-slow.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites run ./run.sh suite --family v4 --time-limit 6 3>&-
    echo "$output"
    [[ $status == 1 && $output == *"did not end within 6 s and was killed, after its last test"* ]]
    [[ $output == *"; processes: tail -f /dev/null"* && $output != *"holds on to its output"* ]]
    forget_results
}

@test "the results of the last 20 runs stay" {
    local n old=results/20000101-000000-
    mkdir -p results
    for n in {10..40}; do
        mkdir "$old$n"
        touch -d "2000-01-01 00:00:$n" "$old$n"
    done
    good --keep
    [[ $status == 0 && $(printf '%s\n' results/* | wc -l) == 20 && ! -e ${old}10 ]]
    rm -rf "$old"*
    rm -rf "results/$(cd results && stat -c '%Y %n' -- * | sort -n | tail -n 1 | cut -d ' ' -f 2)"
    rmdir results 2>/dev/null || true
}

@test "a run where / is no mount point: a plain chroot" {
    run unshare --mount --propagation private "$BASH" -c '
        mkdir "$1/tree" && mount -t tmpfs none "$1/tree" && mkdir "$1/tree/root" && cd "$1/tree/root"
        for path in /*; do
            if [[ -L $path ]]; then
                cp -a "$path" .
            elif [[ -d $path ]]; then
                mkdir ".$path"
                mount --rbind "$path" ".$path"
            fi
        done
        chroot . "$BASH" -c "cd \"$2\" && mount --make-private / || WAYPOST_SUITES=$3 ./run.sh suite"' \
        chroot "$BATS_TEST_TMPDIR" "$PWD" "$BATS_TEST_DIRNAME/fixtures/good" 3>&-
    expect 0 "6 passed, 0 failed, 0 skipped"
    [[ $output == *"not mount point"* ]]
    run grep -c "$BATS_TEST_TMPDIR" /proc/self/mounts
    [[ $output == 0 ]]
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

@test "without root: one sentence, exit 3" {
    run setpriv --reuid=65534 --regid=65534 --clear-groups ./run.sh suite 3>&-
    expect 3 "run.sh: 'suite' needs root: sudo ./run.sh suite"
}

@test "a missing tool: it is named, exit 3" {
    local tool
    mkdir "$BATS_TEST_TMPDIR/bin"
    for tool in bash dirname pkg-config; do
        ln -s "$(type -P "$tool")" "$BATS_TEST_TMPDIR/bin/$tool"
    done
    PATH=$BATS_TEST_TMPDIR/bin run ./run.sh setup suite
    echo "$output"
    [[ $status == 3 ]]
    [[ $output == "run.sh: missing: gcc make clang "*" jq socat "* ]]
}

@test "interrupted: what had ended is counted, exit 143, no process is left" {
    local pid status=0
    mkfifo "$BATS_TEST_TMPDIR/started"
    exec {started}<>"$BATS_TEST_TMPDIR/started"
    mkdir "$BATS_TEST_TMPDIR/suites"
    printf '@test "waits" { echo "$PPID" >%s; tail -f /dev/null; }\n' "$BATS_TEST_TMPDIR/started" \
        >"$BATS_TEST_TMPDIR/suites/100-waits.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites ./run.sh suite --jobs 1 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    read -r -t 30 -u "$started"
    kill -TERM "$pid"
    wait "$pid" || status=$?
    cat "$BATS_TEST_TMPDIR/out"
    [[ $status == 143 ]]
    [[ $(tail -n 2 "$BATS_TEST_TMPDIR/out") == \
    "interrupted: 3 of 3 files did not end"$'\n'"0 passed, 0 failed, 0 skipped" ]]
    run pgrep -f "tail -f /dev/nul[l]"
    [[ $status != 0 ]]
}

@test "kill -9 of run.sh: no process is left, and the next run works" {
    local pid
    mkfifo "$BATS_TEST_TMPDIR/started"
    exec {started}<>"$BATS_TEST_TMPDIR/started"
    mkdir "$BATS_TEST_TMPDIR/suites"
    printf '@test "waits" { echo "$PPID" >%s; exec tail -f %s; }\n' "$BATS_TEST_TMPDIR/started" \
        "$BATS_TEST_TMPDIR/suites" >"$BATS_TEST_TMPDIR/suites/100-waits.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites ./run.sh suite --jobs 1 >/dev/null 2>&1 3>&- &
    pid=$!
    read -r -t 30 -u "$started"
    exec {lock}<>"$(ls -t /run/waypost-runs/*-"$pid".lock)"
    kill -KILL "$pid"
    # Every process of the run holds the lock.
    flock -w 10 "$lock"
    exec {lock}>&-
    run pgrep -f "tail -f $BATS_TEST_TMPDIR"
    [[ $status != 0 ]]
    good
    expect 0 "6 passed, 0 failed, 0 skipped"
    [[ ! -e $(echo /run/waypost-runs/*-"$pid".lock) ]]
    rm -rf results/*-"$pid"
}

@test "two runs at once do not disturb each other" {
    local status=0
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/good ./run.sh suite >"$BATS_TEST_TMPDIR/other" 2>&1 3>&- &
    good
    wait $! || status=$?
    cat "$BATS_TEST_TMPDIR/other"
    [[ $status == 0 && $(tail -n 1 "$BATS_TEST_TMPDIR/other") == "6 passed, 0 failed, 0 skipped" ]]
    expect 0 "6 passed, 0 failed, 0 skipped"
}
