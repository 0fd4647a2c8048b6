#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make check`: the formatter, the linters and the house rules. Each of them is one test; with --tap
# the results are printed as TAP, for `run.sh test`. No root, nothing is changed.
set -euo pipefail
shopt -s nullglob globstar

cd "${BASH_SOURCE[0]%/*}/../.."
readonly BUILD=${BUILD:-build}
# shellcheck source=harness/check/rules.sh
source harness/check/rules.sh

readonly CHECKS=(clang_format clang_tidy shellcheck licences file_length sleeps rooms lengths cycles prints places
    behaviours links)

check_clang_format() {
    { clang-format --dry-run harness/**/*.[ch] bpf/**/*.[ch] 2>&1 || true; } |
        sed -n 's/^\([^: ]*\):[0-9]*:.*/\1: clang-format -i would change it/p' | sort -u | rules_none
}

# Files that did not change since they were found clean, with the same flags and headers, are clean.
check_clang_tidy() {
    local stamps=$BUILD/check flags file stamp header
    local -a todo=()

    mkdir -p "$stamps"
    flags=$(make --no-print-directory "BUILD=$BUILD" print-flags)
    [[ -e $stamps/flags && $(<"$stamps/flags") == "$flags" ]] || say_to "$stamps/flags" "$flags"
    header=$stamps/flags
    for file in harness/**/*.h bpf/**/*.h .clang-tidy; do
        [[ ! $file -nt $header ]] || header=$file
    done
    for file in harness/**/*.c; do
        [[ $file != *.bpf.c ]] || continue
        stamp=$stamps/${file//\//-}
        [[ $stamp -nt $file && $stamp -nt $header ]] || todo+=("$file")
    done
    ((${#todo[@]} > 0)) || return 0
    export STAMPS=$stamps FLAGS=$flags
    printf '%s\0' "${todo[@]}" | xargs -0 -n 1 -P "$(nproc)" "$BASH" -c check_tidy_file\ \"\$1\" check
}

say_to() {
    printf '%s\n' "$2" >"$1"
}

check_tidy_file() {
    local -a flags=() checks=()
    local output

    read -r -a flags <<<"$FLAGS"
    # Tests and benchmarks may run commands, and try a thing twice.
    [[ $1 != */tests/* && $1 != */bench/* ]] ||
        checks=("--checks=-cert-env33-c,-misc-redundant-expression")
    if output=$(clang-tidy --quiet "${checks[@]}" "$1" -- "${flags[@]}" 2>/dev/null); then
        : >"$STAMPS/${1//\//-}"
    else
        printf '%s\n' "${output//"$PWD/"/}"
        return 1
    fi
}
export -f check_tidy_file

check_shellcheck() {
    shellcheck --external-sources --check-sourced run.sh harness/check/check.sh
    shellcheck harness/vm/guest/*.sh .ci/run harness/bench/*.sh \
        suites/**/*.bats suites/**/*.bash harness/run/tests/*.bats
}

# ---- reports ----

# check_one NUMBER NAME MODE
check_one() {
    local output status=0 title=${2//_/-} word=ok

    output=$("check_$2" 2>&1) || status=$?
    if [[ $3 == tap ]]; then
        ((status == 0)) || word='not ok'
        printf '%s %d - %s\n' "$word" "$1" "$title"
        [[ -z $output ]] || printf '# %s\n' "${output//$'\n'/$'\n# '}"
    else
        ((status == 0)) || word=FAILED
        printf '%-6s %s\n' "$word" "$title"
        ((status == 0)) || printf '%s\n' "$output"
    fi
    return "$status"
}

check_all() {
    local mode=$1 name
    local -i n=0 failed=0

    [[ $mode != tap ]] || printf '1..%d\n' "${#CHECKS[@]}"
    for name in "${CHECKS[@]}"; do
        n+=1
        check_one "$n" "$name" "$mode" || failed+=1
    done
    if [[ $mode != tap ]]; then
        printf '%d checks, %d failed\n' "$n" "$failed"
    fi
    ((failed == 0))
}

case ${1:-} in
'') check_all text ;;
--tap) check_all tap ;;
*)
    printf 'usage: check.sh [--tap]\n' >&2
    exit 2
    ;;
esac
