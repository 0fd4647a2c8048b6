# SPDX-License-Identifier: Apache-2.0
# For the helpers' own tests: bats inside bats.

# shellcheck shell=bash

# inner NAME: in setup_file. Runs lib/fixtures/NAME.bats; what it printed is in $BATS_FILE_TMPDIR/NAME, its
# exit code behind it. Should it hang, the runner ends it with the process that it is in.
inner() {
    local name variables=() status=0
    for name in "${!WAYPOST@}"; do
        # The helpers are tested with the programs of the suite.
        [[ $name == WAYPOST_KEEP || $name == WAYPOST_OBJECTS_DIR || $name == WAYPOST_SERVE* ]] || variables+=("$name=${!name}")
    done
    # Their bundles are not the run's.
    variables+=("WAYPOST_RESULTS=$BATS_FILE_TMPDIR/results")
    # Nothing of the outer bats is to be seen.
    env -i PATH="$PATH" TMPDIR="${TMPDIR:-/tmp}" "${variables[@]}" \
        "$BATS_ROOT/bin/bats" --tap "$BATS_TEST_DIRNAME/lib/fixtures/$1.bats" \
        >"$BATS_FILE_TMPDIR/$1" 2>&1 3>&- </dev/null || status=$?
    printf 'exit %d\n' "$status" >>"$BATS_FILE_TMPDIR/$1"
}

# expect_status_of NAME N: the exit code of the inner bats.
expect_status_of() {
    local all
    all=$(<"$BATS_FILE_TMPDIR/$1")
    expect_equal "exit code of $1" "exit $2" "${all##*$'\n'}"
}

# expect_passed NAME TEST
expect_passed() {
    read_report "$1" "$2"
    expect_equal "the verdict on '$2'" ok "$verdict"
}

# expect_failed NAME TEST LINE…: it failed, and its report has these texts, in any order. What the machine
# was too busy for there cannot be told here either.
expect_failed() {
    local verdict report text
    read_report "$1" "$2"
    expect_equal "the verdict on '$2'" "not ok" "$verdict"
    [[ ${*:3} == inconclusive:* || $report != *"inconclusive: "* ]] || die "inconclusive: '$2' of $1 is" "${*:3}" "$report"
    for text in "${@:3}"; do
        [[ $report == *"$text"* ]] || die "the report of '$2'" "…$text…" "$report"
    done
}

# $verdict ("ok", "not ok", or "none") and $report of a test.
read_report() {
    local line inside=
    verdict=none report=
    while IFS= read -r line; do
        if [[ $line =~ ^(ok|not\ ok)\ [0-9]+\ (.*)$ ]]; then
            inside=
            if [[ ${BASH_REMATCH[2]} == "$2" ]]; then
                verdict=${BASH_REMATCH[1]}
                inside=1
            fi
        elif [[ -n $inside ]]; then
            report+=$line$'\n'
        fi
    done <"$BATS_FILE_TMPDIR/$1"
}
