# SPDX-License-Identifier: Apache-2.0
# A listener that the suite did not write: socat.

# shellcheck shell=bash

# listen POD ARGUMENT…: socat in the pod, in the background; returns when it listens. It goes with the lab at
# the latest; a time limit would only end a slow one.
listen() {
    local line
    exec {listener}< <(exec "$WAYPOST" exec "$LAB" "$1" -- \
        socat -d -d "${@:2}" 2>&1 3>&- </dev/null)
    listener_pid=$!
    while IFS= read -r -t 100 -u "$listener" line; do
        [[ $line != *" listening on "* ]] || return 0
    done
    die "socat does not listen: ${line:-it said nothing}"
}

# listened: that socat has seen the end of its connection and is gone.
listened() {
    local status=0
    wait "$listener_pid" || status=$?
    [[ $status -eq 0 ]] || die "the listening socat: exit $status"
    exec {listener}<&-
}
