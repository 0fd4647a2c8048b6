#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The one door: what is missing is installed, what has changed is built, and `waypost run` does the rest
# (harness/run).
set -euo pipefail
shopt -s nullglob

# Exit codes, the same everywhere.
readonly CODE_MISTAKE=2 CODE_FAILED=3

say() {
    printf '%s\n' "$*"
}

# die CODE SENTENCE...
die() {
    local code=$1
    shift
    printf 'run.sh: %s\n' "$*" >&2
    exit "$code"
}

# What bash ends with when it cannot fork, after 15 s of trying.
ended() {
    (($1 != 254)) || die "$CODE_FAILED" "shortage: no process can be started: raise \`ulimit -u\`, or pids.max of" \
        "the cgroup in /proc/self/cgroup"
}

trap 'ended $?' EXIT

readonly CALLER=$PWD
case ${BASH_SOURCE[0]} in
*/*) ROOT=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P) ;;
*) ROOT=$PWD ;;
esac
cd "$ROOT"
readonly ROOT
readonly BUILD=${BUILD:-build}
[[ $BUILD == /* ]] && WAYPOST=$BUILD/waypost || WAYPOST=$ROOT/$BUILD/waypost
readonly WAYPOST
export BUILD WAYPOST_CALLER=$CALLER

# shellcheck source=harness/door/watch.sh
source harness/door/watch.sh
# shellcheck source=harness/door/setup.sh
source harness/door/setup.sh
# shellcheck source=harness/door/build.sh
source harness/door/build.sh

# kill -9 of sudo is to end a run as kill -9 of run.sh does.
main_die_with_sudo() {
    local parent=''

    [[ -z ${WAYPOST_SUDO:-} ]] || return 0
    read -r parent 2>/dev/null <"/proc/$PPID/comm" || true
    if [[ $parent == sudo ]] && type -P setpriv >/dev/null; then
        export WAYPOST_SUDO=$PPID
        cd "$CALLER"
        exec setpriv --pdeathsig KILL "$BASH" "$ROOT/run.sh" "$@"
    fi
}

# The files of an earlier run are gone before anything else happens: whoever finds one afterwards knows
# that this run has written it.
main_forget_results() {
    local word option=''

    for word; do
        [[ ! $word =~ ^--(junit|tap)=(.+)$ ]] || option=--junit word=${BASH_REMATCH[2]}
        case $option in
        --junit | --tap) (cd "$CALLER" && rm -f -- "$word") || exit "$CODE_FAILED" ;;
        esac
        option=$word
    done
}

main_version() {
    local name _ version

    while read -r name _ version; do
        [[ $name != VERSION ]] || say "waypost $version"
    done <Makefile
}

# Virtual machines need a kernel, which is fetched before the sandbox, as that has no network. Where it cannot
# be had, the tests that boot one are skipped with that reason.
main_fetch_vm() {
    local reason

    reason=$("$WAYPOST" vm --kernel 6.1 --fetch 2>&1 >/dev/null) && return
    export WAYPOST_NO_VM=${reason##*$'\n'}
    say "without virtual machines: $WAYPOST_NO_VM"
}

main() {
    local verb=${1:-}

    main_die_with_sudo "$@"
    shift || true
    case $verb in
    suite | test)
        main_forget_results "$@"
        setup_need "$verb"
        build all
        ;;
    unit)
        setup_need suite
        build unit
        ;;
    verifier | doctor | shell | repro | shrink | clean)
        setup_need suite
        build all
        ;;
    vm)
        main_forget_results "$@"
        setup_need suite
        build all vm-guest
        exec "$WAYPOST" vm "$@"
        ;;
    setup)
        setup_main "$@"
        return
        ;;
    -h | --help | help)
        tail -n +2 harness/door/help.txt
        return
        ;;
    --version)
        main_version
        return
        ;;
    '')
        tail -n +2 harness/door/help.txt >&2
        exit "$CODE_MISTAKE"
        ;;
    __*) die "$CODE_MISTAKE" "$verb is not for people" ;;
    *) die "$CODE_MISTAKE" "no verb '$verb'; there are: setup, suite, unit, test, verifier, vm, shell, repro, shrink, doctor, clean" ;;
    esac
    [[ $verb != test ]] || main_fetch_vm
    exec "$WAYPOST" run "$verb" "$@"
}

main "$@"
