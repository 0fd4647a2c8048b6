# SPDX-License-Identifier: Apache-2.0
# What the runner's own tests share. Each run is a run.sh of its own, in a sandbox of its own.
# shellcheck shell=bash
# shellcheck disable=SC2154 # output and status come from `run`

setup() {
    cd "$BATS_TEST_DIRNAME/../../.." || return
}

# good ARGUMENT...: a run of the suites that pass.
good() {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/good run ./run.sh suite "$@" 3>&-
}

# known ARGUMENT...: a run of the suites that go wrong.
known() {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/suites run ./run.sh suite "$@" 3>&-
}

# The results of the run whose output is in $output.
forget_results() {
    rm -rf "$(sed -n 's,.*see \(results/[^/]*\)/.*,\1,p' <<<"$output" | head -n 1)"
}

# expect STATUS LAST-LINE
expect() {
    echo "$output"
    [[ $status == "$1" ]]
    [[ ${lines[-1]} == "$2" ]]
}
