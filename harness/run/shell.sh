# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh shell LAB POD`: a shell inside a pod, of a lab made by hand or of a run that is going on (or
# waits, with --keep). Sourced by run.sh.

# shell_find_run LAB: prints "PID STATE", pid 1 of the sandbox that has the lab and where it is there.
shell_find_run() {
    local lab=$1 lock unshare pid root state

    for lock in "$SANDBOX_RUNS"/*.lock; do
        read -r unshare <"$lock" 2>/dev/null || continue
        pid=$(sandbox_first_pid "$unshare" 2>/dev/null) || continue
        root=/proc/$pid/root
        for state in "$root"/run/waypost/*/labs; do
            [[ -d $state/$lab ]] || continue
            say "$pid ${state#"$root"}"
            return
        done
    done
    return 1
}

# What the sandbox's pid 1 was given: the run's name, which the lab's cgroup is under.
shell_run_id() {
    local word

    while IFS= read -r -d '' word; do
        [[ $word != WAYPOST_RUN_ID=* ]] || say "${word#*=}"
    done <"/proc/$1/environ"
}

shell_main() {
    local lab=${1:-} pod=${2:-} found pid state
    local -a enter=()

    [[ $# == 2 && $lab != -* ]] || die "$CODE_MISTAKE" "usage: ./run.sh shell LAB POD"
    [[ $lab$pod =~ ^[-a-z0-9]+$ ]] || die "$CODE_MISTAKE" "'$lab' or '$pod' is not a name"
    need_root shell
    setup_need suite
    build_all
    if [[ ! -d ${WAYPOST_STATE:-/run/waypost}/$lab ]] && found=$(shell_find_run "$lab"); then
        read -r pid state <<<"$found"
        enter=(nsenter --target "$pid" --mount --net --pid -- env WAYPOST_STATE="$state"
            WAYPOST_RUN_ID="$(shell_run_id "$pid")")
    fi
    exec "${enter[@]}" "$WAYPOST" exec "$lab" "$pod" -- "${SHELL:-/bin/bash}"
}
