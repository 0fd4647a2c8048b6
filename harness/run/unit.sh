# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh unit`: the unit tests of single programs, in bpf/unit. Sourced by run.sh.

unit_help() {
    cat <<'USAGE'
Usage: sudo ./run.sh unit [FILTER...]

Builds the unit tests of single programs and runs them in the running kernel. A FILTER is a part of
"OBJECT: TEST". Prints TAP; exit codes: 0 all passed, 1 a test failed, 2 no test has the FILTER, 3 a
requirement is missing.

Examples:
  sudo ./run.sh unit
  sudo ./run.sh unit sendmsg "xdp: XD-1"
USAGE
}

# unit_build: build/unit/NAME.o, and waypost.
unit_build() {
    local log

    log=$(mktemp)
    build_make "$log" unit || die "$CODE_FAILED" "the build failed"
    rm -f "$log"
}

unit_main() {
    local word
    local -a filters=()

    for word; do
        case $word in
        -h | --help)
            unit_help
            return
            ;;
        -*) die "$CODE_MISTAKE" "'unit' does not take '$word'; see ./run.sh unit --help" ;;
        *) filters+=(--filter "$word") ;;
        esac
    done
    need_root unit
    setup_need suite
    unit_build
    "$WAYPOST" unit "${filters[@]}" "$BUILD"/unit/*.o
}
