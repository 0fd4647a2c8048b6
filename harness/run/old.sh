#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `run.sh vm` is until harness/vm does it.
set -euo pipefail
shopt -s nullglob

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
readonly CALLER=${WAYPOST_CALLER:-$PWD}
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

# shellcheck source=harness/run/old-setup.sh
source harness/run/old-setup.sh
# shellcheck source=harness/run/old-build.sh
source harness/run/old-build.sh
# shellcheck source=harness/run/jobs.sh
source harness/run/jobs.sh
# shellcheck source=harness/run/suite.sh
source harness/run/suite.sh
# shellcheck source=harness/run/shard.sh
source harness/run/shard.sh
# shellcheck source=harness/run/verifier.sh
source harness/run/verifier.sh
# shellcheck source=harness/run/vm-kernel.sh
source harness/run/vm-kernel.sh
# shellcheck source=harness/run/vm-image.sh
source harness/run/vm-image.sh
# shellcheck source=harness/run/vm-boot.sh
source harness/run/vm-boot.sh
# shellcheck source=harness/run/vm.sh
source harness/run/vm.sh

main_help() {
    tail -n +2 harness/door/help.txt
}

main() {
    local verb=${1:-}

    shift || true
    case $verb in
    vm) vm_main "$@" ;;
    __vm) vm_inside "$@" ;;
    __fetch) vm_kernel_package linux-image-cloud-amd64 ;;
    esac
}

main "$@"
