#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a virtual machine runs: a command of run.sh, of `waypost`, or any other. The results go out as a tar
# archive on fd 3, and line by line on fd 4 while they come. See init.c for where this is called, and for the
# status port.
set -euo pipefail

readonly GUEST_STATUS=/dev/ttyS1

# What is missing here and not in the list of what may be.
guest_lacks() {
    { build/waypost doctor --json || true; } |
        jq -r --arg may "$1" '($may | split(",")) as $may | .probes[] | select(.ok | not)
            | select(.name as $name | $may | index($name) | not) | "\(.name): \(.why)"' | head -n 1
}

guest_suite() {
    local status=0 lacks

    lacks=$(guest_lacks "${WAYPOST_MAY_BE_MISSING:-}")
    if [[ -n $lacks ]]; then
        printf 'lacks %s\n' "$lacks" >"$GUEST_STATUS"
        return 1
    fi
    printf 'suite\n' >"$GUEST_STATUS"
    WAYPOST_LIVE=4 ./run.sh suite "$@" 3>&- || status=$?
    mv results/* results/only 2>/dev/null && tar -C results/only -cf - . >&3
    return "$status"
}

# The table is made outside; what is refused stands in it.
guest_verifier() {
    local status=0

    mkdir -p results/only
    build/waypost programs -j "$@" >results/only/verifier.json || status=$?
    tar -C results/only -cf - . >&3
    ((status <= 1)) || return "$status"
}

ip link set lo up
# Without KVM everything takes ten times as long. Only what hangs is to meet a limit.
export WAYPOST_VM=1 WAYPOST_TIME_LIMIT=${WAYPOST_TIME_LIMIT:-900} WAYPOST_EXEC_LIMIT=60
export WAYPOST_LEAK_LIMIT=20000000
case $1 in
suite) guest_suite "${@:2}" ;;
verifier) guest_verifier "${@:2}" ;;
doctor) exec build/waypost "$@" ;;
*) exec "${@:2}" ;;
esac
