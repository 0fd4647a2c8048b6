#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   fuzz.sh run BUILD SECONDS FUZZER...    runs each for so long, and prints a line about it
#   fuzz.sh merge BUILD FUZZER...          adds to its seeds what reaches an edge that they do not
#
# BUILD/fuzz/ROOM-NAME_fuzz begins with the seeds in harness/ROOM/fuzz/seeds/NAME. What it finds is kept
# in BUILD/corpus/ROOM-NAME_fuzz, and the input that ends it in BUILD/findings.
set -euo pipefail

# Larger inputs are cut: the seeds are in the tree.
readonly SEED_MAX=4096

# ROOM-NAME_fuzz
fuzz_seeds() {
    local name=${1#*-}

    printf 'harness/%s/fuzz/seeds/%s\n' "${1%%-*}" "${name%_fuzz}"
}

# NAME, and of the log's last line the edges, the executions per second and the inputs that were kept.
fuzz_line() {
    awk -v name="$1" '
        /^#[0-9]+/ && / cov: / { for (i = 1; i < NF; i++) seen[$i] = $(i + 1) }
        END { printf "  %-24s %6d edges %8d executions/s %6d inputs\n",
                     name, seen["cov:"], seen["exec/s:"], seen["corp:"] }' "$2"
}

fuzz_run() {
    local build=$1 seconds=$2 fuzzer name corpus seeds log

    shift 2
    mkdir -p "$build/findings"
    for fuzzer; do
        name=${fuzzer##*/} corpus=$build/corpus/${fuzzer##*/} log=$fuzzer.log
        seeds=$(fuzz_seeds "$name")
        mkdir -p "$corpus"
        "$fuzzer" -max_total_time="$seconds" -artifact_prefix="$build/findings/$name-" "$corpus" "$seeds" \
            >"$log" 2>&1 || { tail -n 40 "$log" >&2; return 1; }
        fuzz_line "$name" "$log"
    done
}

fuzz_count() {
    find "$1" -type f | wc -l
}

# Edges alone, not how often each was passed: a handful of files instead of thousands.
fuzz_merge() {
    local build=$1 fuzzer name seeds before

    shift
    for fuzzer; do
        name=${fuzzer##*/}
        seeds=$(fuzz_seeds "$name")
        mkdir -p "$build/corpus/$name" "$seeds"
        before=$(fuzz_count "$seeds")
        "$fuzzer" -merge=1 -use_counters=0 -max_len="$SEED_MAX" "$seeds" "$build/corpus/$name" \
            >"$fuzzer.merge.log" 2>&1 || { tail -n 40 "$fuzzer.merge.log" >&2; return 1; }
        printf '  %-24s %d seeds, %d of them new\n' "$name" "$(fuzz_count "$seeds")" \
            $(($(fuzz_count "$seeds") - before))
    done
}

case ${1-} in
run) fuzz_run "${@:2}" ;;
merge) fuzz_merge "${@:2}" ;;
*) sed -n '4,5s/^# *//p' "$0" >&2 && exit 2 ;;
esac
