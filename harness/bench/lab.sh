#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times the network of labs against `ip -batch`, in mount and network namespaces of its own, with an
# empty /run in memory for both sides. Exit 1 when a bound is missed, 3 when it cannot be measured.
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
        sh -euc 'mount -t tmpfs -o mode=755 tmpfs /run; exec "$0"' "$build/bench/lab"
}

main "$@"
