# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh verifier`: what the running kernel's verifier spends on each program, compared with
# docs/verifier.md. Sourced by run.sh.

readonly VERIFIER_RECORD=$ROOT/docs/verifier.md

VERIFIER_OBJECTS='' VERIFIER_WRITE='' VERIFIER_FACTS=''

verifier_parse() {
    while (($# > 0)); do
        case $1 in
        --objects)
            [[ -n ${2:-} ]] || die "$CODE_MISTAKE" "option '$1' needs a value; see ./run.sh --help"
            [[ $2 == /* ]] && VERIFIER_OBJECTS=$2 || VERIFIER_OBJECTS=$CALLER/$2
            [[ -d $VERIFIER_OBJECTS ]] || die "$CODE_MISTAKE" "--objects: there is no directory '$2'"
            VERIFIER_OBJECTS=${VERIFIER_OBJECTS%"${VERIFIER_OBJECTS##*[!/]}"}
            shift
            ;;
        --record) VERIFIER_WRITE=1 ;;
        --help | -h)
            main_help
            exit 0
            ;;
        *) die "$CODE_MISTAKE" "'verifier' does not take '$1'; see ./run.sh --help" ;;
        esac
        shift
    done
    [[ -z $VERIFIER_OBJECTS || -z $VERIFIER_WRITE ]] ||
        die "$CODE_MISTAKE" "the record is of the suite's own programs: --record without --objects"
}

# verifier_look FILE: loads every program and lets go of it again.
verifier_look() {
    local status=0
    local -a objects=()

    [[ -z $VERIFIER_OBJECTS ]] || objects=(--objects "$VERIFIER_OBJECTS")
    "$WAYPOST" programs -j "${objects[@]}" >"$1" || status=$?
    # What differs from the contract, or is refused, stands in the table.
    ((status != CODE_MISTAKE)) && [[ -s $1 ]] || exit "$CODE_FAILED"
}

# verifier_judge FILE...: of one kernel or several.
verifier_judge() {
    local -a options=()

    [[ -n $VERIFIER_OBJECTS ]] || options=(--record "$VERIFIER_RECORD")
    [[ -z $VERIFIER_WRITE ]] || options+=(--write)
    "$WAYPOST" verifier "${options[@]}" "$@"
}

# A test of its own, for `run.sh test`. A kernel that nobody has recorded is no failure.
verifier_as_tap() {
    local output status=0 title='no program costs the verifier much more than docs/verifier.md says'

    verifier_look "$TMPDIR/verifier.json"
    output=$(verifier_judge "$TMPDIR/verifier.json" 2>&1) || status=$?
    printf '1..1\n'
    if ((status != 0)); then
        printf 'not ok 1 - %s\n# %s\n' "$title" "${output//$'\n'/$'\n# '}"
    elif [[ $output == *"has no record: nothing to compare with"* ]]; then
        printf 'ok 1 - %s # SKIP kernel %s is not in the table\n' "$title" "$(uname -r)"
    else
        printf 'ok 1 - %s\n' "$title"
    fi
    return "$status"
}

verifier_main() {
    verifier_parse "$@"
    need_root verifier
    setup_need suite
    build_all
    VERIFIER_FACTS=$(mktemp)
    trap 'rm -f "$VERIFIER_FACTS"' EXIT
    verifier_look "$VERIFIER_FACTS"
    verifier_judge "$VERIFIER_FACTS"
    if [[ -n $VERIFIER_WRITE ]]; then
        chown --reference="$ROOT" "$VERIFIER_RECORD"
        say "docs/verifier.md: kernel $(uname -r) is on record"
    fi
}
