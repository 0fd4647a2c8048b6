# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh repro BUNDLE` and `run.sh shrink BUNDLE`: the verbs of waypost in a sandbox. Sourced by run.sh.

# field_inside DIR VERB ARGUMENT…: where the person stands, so that their paths are right.
field_inside() {
    cd "$1"
    shift
    "$WAYPOST" "$@"
}

# field_main VERB ARGUMENT…
field_main() {
    local verb=$1

    (($# > 1)) || die "$CODE_MISTAKE" "'$verb' takes a bundle: ./run.sh $verb BUNDLE"
    case $2 in
    -h | --help)
        build_all
        "$WAYPOST" "$verb" --help
        return
        ;;
    esac
    need_root "$verb"
    setup_need suite
    build_all
    sandbox_claim
    sandbox_run field_inside "$CALLER" "$@"
}

repro_main() {
    field_main repro "$@"
}

shrink_main() {
    field_main shrink "$@"
}
