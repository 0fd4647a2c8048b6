#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The one door. What each verb does is in harness/run/VERB.sh.
set -euo pipefail
shopt -s nullglob

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

# Exit codes, the same everywhere.
readonly CODE_NO=1 CODE_MISTAKE=2 CODE_FAILED=3

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

need_root() {
    ((EUID == 0)) || die "$CODE_FAILED" "'$1' needs root: sudo ./run.sh $1"
}

# shellcheck source=harness/run/setup.sh
source harness/run/setup.sh
# shellcheck source=harness/run/build.sh
source harness/run/build.sh
# shellcheck source=harness/run/sandbox.sh
source harness/run/sandbox.sh
# shellcheck source=harness/run/jobs.sh
source harness/run/jobs.sh
# shellcheck source=harness/run/suite.sh
source harness/run/suite.sh
# shellcheck source=harness/run/shard.sh
source harness/run/shard.sh
# shellcheck source=harness/run/verifier.sh
source harness/run/verifier.sh
# shellcheck source=harness/run/test.sh
source harness/run/test.sh
# shellcheck source=harness/run/unit.sh
source harness/run/unit.sh
# shellcheck source=harness/run/shell.sh
source harness/run/shell.sh
# shellcheck source=harness/run/field.sh
source harness/run/field.sh
# shellcheck source=harness/run/doctor.sh
source harness/run/doctor.sh
# shellcheck source=harness/run/vm-kernel.sh
source harness/run/vm-kernel.sh
# shellcheck source=harness/run/vm-image.sh
source harness/run/vm-image.sh
# shellcheck source=harness/run/vm-boot.sh
source harness/run/vm-boot.sh
# shellcheck source=harness/run/vm.sh
source harness/run/vm.sh
# shellcheck source=harness/run/clean.sh
source harness/run/clean.sh

main_help() {
    cat <<'EOF'
Usage: ./run.sh VERB [ARGUMENT...]

  suite [PATTERN...]   run the suites: install what is missing, build, test
  unit [FILTER...]     the unit tests of single programs
  test                 everything: lint, C unit tests, unit tests of programs, the suites
  verifier             what the verifier spends on each program, compared with docs/verifier.md
  vm [suite|exec ...]  the suites, or a command, on other kernels; see ./run.sh vm --help
  setup [suite|vm|test]  only install what is missing (for `suite`, or for all)
  doctor               probe what the kernel has of what the suites need
  shell LAB POD        a shell inside a pod
  repro BUNDLE         build a lab from a bundle of `waypost capture`, and make its flows
  shrink BUNDLE        make it as small as it can be and still go wrong; write a test
  clean [--labs]       remove what killed runs left; with --labs the labs made by hand too

`suite` takes
  --jobs N             so many files side by side (the cores, and two more)
  --filter-tags T      only tests with these tags: a,b both of them, !a without; may be repeated
  --objects DIR        test the BPF objects in DIR instead of the suite's own
  --expect NAME        failures that suites/expectations/NAME.txt expects count as skipped
  --shard K/N          only the K-th of N parts that take equally long; without its fellows no proof
  --junit FILE         also write a JUnit file
  --tap FILE           also write all results as one TAP stream
  --time-limit N       seconds that one file may take (120)
  --keep               keep the results; after a failure keep the labs, until Enter is pressed
  --list               only list the tests
  --list --ids         which behaviours of the contract have tests; exit 1 when one has none
  --record-times       write suites/times.txt, by which shards are cut
A PATTERN is a part of a suite's file name or, where no file has it, of a test's name. `test` takes
--jobs, --junit, --tap, --time-limit and --keep.

`verifier` takes --objects DIR, and --record to put the figures on record.

Examples:
  sudo ./run.sh suite
  sudo ./run.sh suite 101 "service with a waypoint"
  sudo ./run.sh suite --objects ~/kmesh/bpf/kmesh/bpf2go/dualengine --junit junit.xml
  sudo ./run.sh suite --objects ~/kmesh/bpf/kmesh/bpf2go/dualengine --expect kmesh
  sudo ./run.sh test

Exit codes: 0 all passed, 1 a test failed, 2 nothing ran or a mistake on the command line, 3 the lab
could not be built or a requirement is missing.
EOF
}

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

main() {
    local verb=${1:-}

    main_die_with_sudo "$@"
    shift || true
    case $verb in
    suite | unit | test | verifier | vm | setup | doctor | shell | repro | shrink | clean) "${verb}_main" "$@" ;;
    __inside) sandbox_inside "$@" ;;
    __vm) vm_inside "$@" ;;
    __sweep) sandbox_sweep "$@" ;;
    -h | --help | help) main_help ;;
    '')
        main_help >&2
        exit "$CODE_MISTAKE"
        ;;
    *) die "$CODE_MISTAKE" "no verb '$verb'; there are: setup, suite, unit, test, verifier, vm, shell, repro, shrink, doctor, clean" ;;
    esac
}

main "$@"
