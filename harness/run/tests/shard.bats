# SPDX-License-Identifier: Apache-2.0
# Shards: together they are the whole, each test is in one of them, and what is missing is noticed.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2030,SC2031 # output and status come from `run`, tests export in shells of their own

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../../.." || return
}

# list ARGUMENT...: a line for every test and family.
list() {
    ./run.sh suite --list "$@" | sed '$d' | while IFS= read -r line; do
        for family in ${line##*[}; do
            echo "${line% [*} ${family%]}"
        done
    done | sort
}

@test "the shards of the suites are the suites, each test once" {
    local -i n
    list >"$BATS_TEST_TMPDIR/all"
    [[ -s $BATS_TEST_TMPDIR/all ]]
    for n in 1 2 5; do
        for ((k = 1; k <= n; k++)); do
            list --shard "$k/$n"
        done | sort >"$BATS_TEST_TMPDIR/shards"
        cmp "$BATS_TEST_TMPDIR/all" "$BATS_TEST_TMPDIR/shards"
    done
}

@test "a shard is the same one each time" {
    list --shard 2/3 >"$BATS_TEST_TMPDIR/first"
    LC_ALL=C.UTF-8 list --shard 2/3 | cmp "$BATS_TEST_TMPDIR/first" -
}

# The file's parts are known to take 5, 3 and 2: one shard gets the 5, the other the rest.
@test "shards are balanced by the recorded times" {
    mkdir "$BATS_TEST_TMPDIR/suites"
    cp "$BATS_TEST_DIRNAME/fixtures/good/100-passes.bats" "$BATS_TEST_TMPDIR/suites"
    printf '%s\n' '100-passes v4 200' '100-passes v6 500' '100-passes mapped 300' \
        >"$BATS_TEST_TMPDIR/suites/times.txt"
    export WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites
    [[ $(list --shard 1/2 | sed 's/.* //' | sort -u) == v6 ]]
    [[ $(list --shard 2/2 | sed 's/.* //' | sort -u) == mapped$'\n'v4 ]]
}

@test "mistakes: one sentence, exit 2" {
    local shard
    for shard in 0/2 3/2 1 a/b 1/2/3 1/9999; do
        run ./run.sh suite --list --shard "$shard"
        [[ $status == 2 && $output == "run.sh: --shard takes K/N with K from 1 to N, not '$shard'" ]]
    done
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/good run ./run.sh suite --list --shard 4/4
    [[ $status == 2 && $output == "run.sh: shard 4/4 has no tests: there are 3 parts to share out" ]]
}

@test "the results of all shards are put together, and one that is missing is a failure" {
    local k
    export WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/good
    for k in 1 2; do
        ./run.sh suite --shard "$k/2" --junit "$BATS_TEST_TMPDIR/$k.xml" 3>&-
    done
    run "$WAYPOST" merge --junit "$BATS_TEST_TMPDIR/all.xml" "$BATS_TEST_TMPDIR"/[12].xml
    echo "$output"
    [[ $status == 0 && ${lines[-1]} == "6 passed, 0 failed, 0 skipped" ]]
    grep -F '<testsuites name="waypost" tests="6"' "$BATS_TEST_TMPDIR/all.xml"
    run "$WAYPOST" merge "$BATS_TEST_TMPDIR/2.xml"
    echo "$output"
    [[ $status == 1 && $output == *"MISSING shard 1/2 of $(uname -r)"* ]]
}

@test "--tap: every result in one stream, with its plan" {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/good ./run.sh suite --tap "$BATS_TEST_TMPDIR/all.tap" 3>&-
    grep -Fx 1..6 "$BATS_TEST_TMPDIR/all.tap"
    [[ $(grep -c '^ok ' "$BATS_TEST_TMPDIR/all.tap") == 6 ]]
    grep -F "# kernel: $(uname -r)" "$BATS_TEST_TMPDIR/all.tap"
}
