#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   planted.sh BUILD [NAME...]    runs the suite on the programs with a bug in them, one after the other
#
# Each bug of bpf/planted that names a test has to make that test fail: of its suite a test with those words
# in its name, and where the bug says what it says ("says: TEXT") its report has to name that. Exit code 1
# when one did not. Root; the objects are BUILD/planted/NAME.
set -euo pipefail

cd "${BASH_SOURCE[0]%/*}/../.."

planted_field() {
    sed -n "s/^# $2: //p" "bpf/planted/$1.sed"
}

# planted_catch NAME DIR: true when the bug was caught by the test that it names.
planted_catch() {
    local name=$1 dir=$2 suite words says failed

    suite=$(planted_field "$name" suite)
    words=$(planted_field "$name" "caught by")
    says=$(planted_field "$name" says)
    ./run.sh suite "$suite" --objects "$dir" --tap "$dir/tap" </dev/null >"$dir/log" 2>&1 || true
    failed=$(grep -c '^not ok ' "$dir/tap" || true)
    if ! grep -q '^ok [0-9]* [^#]*$' "$dir/tap"; then
        printf '%-24s NOT TRIED, nothing passed: %s\n' "$name" "$dir/log"
        return 1
    fi
    if [[ -n $says ]] && ! grep -qF -- "$says" "$dir/tap"; then
        printf '%-24s NOT NAMED, no report says "%s": %s\n' "$name" "$says" "$dir/log"
        return 1
    fi
    if grep '^not ok ' "$dir/tap" | grep -qF -- "$words"; then
        printf '%-24s caught by "%s", %s failed\n' "$name" "$words" "$failed"
    else
        printf '%-24s NOT CAUGHT by "%s", %s failed: %s\n' "$name" "$words" "$failed" "$dir/log"
        return 1
    fi
}

main() {
    local build=$1 name result=0
    local -a names=("${@:2}")

    ((${#names[@]} > 0)) || mapfile -t names < <(grep -l '^# caught by:' bpf/planted/*.sed | sed 's,.*/,,; s,\.sed$,,')
    for name in "${names[@]}"; do
        make --no-print-directory -s "BUILD=$build" "$build/planted/$name/all"
        planted_catch "$name" "$build/planted/$name" || result=1
    done
    return "$result"
}

main "$@"
