# SPDX-License-Identifier: Apache-2.0
# A run: what it takes, what it leaves, how it is ended.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # output and status come from `run`; suites are written here

bats_require_minimum_version 1.5.0

load run

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

@test "nothing selected: exit 2, and it says what did not match" {
    good no-such-test
    expect 2 "run.sh: no test matches 'no-such-test'; see ./run.sh suite --list"
    good --filter-tags no-such-tag
    expect 2 "run.sh: no test has the tag 'no-such-tag'; there are: fast, long, no-mapped, no-v4, no-v6, once"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR run ./run.sh suite 3>&-
    expect 2 "run.sh: no test matches"
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

# Where nobody else's results are: other runs go on beside this one.
@test "the results of the last 20 runs stay" {
    mkdir -p results
    run unshare --mount --propagation private "$BASH" -c '
        mount -t tmpfs none results && cd results || exit
        for n in {10..40}; do
            mkdir "20000101-000000-$n" && touch -d "2000-01-01 00:00:$n" "20000101-000000-$n"
        done
        cd .. && WAYPOST_SUITES=$1 ./run.sh suite --keep && ls results' \
        results "$BATS_TEST_DIRNAME/fixtures/good" 3>&-
    echo "$output"
    [[ $status == 0 && $(grep -c '^20[0-9]*-[0-9]*-[0-9]*$' <<<"$output") == 20 ]]
    [[ $output != *20000101-000000-10* && $output == *20000101-000000-40* ]]
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
    touch "$BATS_TEST_TMPDIR/idle"
    printf '@test "waits" { echo "$PPID" >%s; tail -f %s; }\n' "$BATS_TEST_TMPDIR"/{started,idle} \
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
    run pgrep -f "tail -f $BATS_TEST_TMPDIR/idle"
    [[ $status != 0 ]]
}

@test "kill -9 of run.sh: no process is left, and the next run works" {
    local pid
    mkfifo "$BATS_TEST_TMPDIR/started"
    exec {started}<>"$BATS_TEST_TMPDIR/started"
    mkdir "$BATS_TEST_TMPDIR/suites"
    touch "$BATS_TEST_TMPDIR/idle"
    printf '@test "waits" { echo "$PPID" >%s; exec tail -f %s; }\n' "$BATS_TEST_TMPDIR"/{started,idle} \
        >"$BATS_TEST_TMPDIR/suites/100-waits.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites ./run.sh suite --jobs 1 >/dev/null 2>&1 3>&- &
    pid=$!
    read -r -t 30 -u "$started"
    exec {lock}<>"$(ls -t /run/waypost-runs/*-"$pid".lock)"
    kill -KILL "$pid"
    # Every process of the run holds the lock.
    flock -w 10 "$lock"
    exec {lock}>&-
    run pgrep -f "tail -f $BATS_TEST_TMPDIR/idle"
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
