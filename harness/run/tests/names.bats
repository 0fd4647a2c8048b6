# SPDX-License-Identifier: Apache-2.0
# What a suite's file may look like, and what its tests may be called.
# shellcheck shell=bash
# shellcheck disable=SC2154 # output and status come from `run`

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../../.." || return
}

@test "a file that bats reads otherwise than it looks: exit 2, with its name, and nothing runs" {
    export WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/broken
    for mode in --list --jobs=1; do
        run ./run.sh suite fine "$mode" 3>&-
        echo "$output"
        [[ $status == 2 ]]
        [[ $output == *"broken/100-function.bats:5: write @test "* ]]
        [[ $output == *"broken/100-brace.bats:2: the \` {\` of a test must stand "* ]]
        [[ $output == *"broken/100-empty.bats: there is no test in it"* ]]
        [[ $output == *"broken/smoke.bats: a suite is called NUMBER-NAME.bats"* ]]
        [[ $output == *"broken/100-no-family.bats:4: with the tags once,no-v4 the test runs neither"* ]]
        [[ $output != *passed* ]]
    done
}

@test "a test's name is a name: # TODO excuses nothing, # skip skips nothing" {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/names run ./run.sh suite \
        --junit "$BATS_TEST_TMPDIR/names.xml" 3>&-
    echo "$output"
    [[ $status == 1 && ${lines[-1]} == "1 passed, 1 failed, 1 skipped" ]]
    [[ $output == *"FAILED 100-names: fails # TODO later [v4]"* ]]
    [[ $output == *"skipped (1): there is no line"*"    is left out # skip the line [v4]"* ]]
    # The message of a failure is the first line of its reason.
    grep -F '<failure message="it is later">' "$BATS_TEST_TMPDIR/names.xml"
    rm -rf "$(sed -n 's,.*see \(results/[^/]*\)/.*,\1,p' <<<"$output" | head -n 1)"
}
