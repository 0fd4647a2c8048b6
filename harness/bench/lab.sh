#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a measurement of labs in mount and network namespaces of its own, with an empty /run in memory
# and a bpffs for all its sides: the words given, else build/bench/lab. Exit 1 when a bound is missed,
# 3 when it cannot be measured.
set -euo pipefail

main() {
    local build=${BUILD:-build}
    local tool

    if [[ $EUID -ne 0 ]]; then
        echo "bench-lab: needs root, it makes network namespaces" >&2
        return 3
    fi
    for tool in ip unshare; do
        if ! command -v "$tool" >/dev/null; then
            echo "bench-lab: needs '$tool', which is not installed (iproute2, util-linux)" >&2
            return 3
        fi
    done
    # shellcheck disable=SC2016  # the inner shell expands it
    exec unshare --mount --net --pid --fork --kill-child --mount-proc \
        sh -euc 'mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/bpf; mount -t bpf bpf /run/bpf
                 WAYPOST_BPFFS=/run/bpf exec "$@"' sh "${@:-$build/bench/lab}"
}

main "$@"
