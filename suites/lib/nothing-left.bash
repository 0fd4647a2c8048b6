# SPDX-License-Identifier: Apache-2.0
# What a lab, or a test, must not leave behind. Part of the vocabulary (waypost.bash).

# shellcheck shell=bash

declare -g LEAK_PROGRAMS=''

# leak_remember: before the lab goes down, which programs it has: " ID ID …".
leak_remember() {
    local rest='' id file=${WAYPOST_STATE:-/run/waypost}/$LAB/programs.json
    LEAK_PROGRAMS=
    [[ ! -r $file ]] || rest=$(<"$file")
    # Its maps have ids as well, in lists of their own; those the kernel takes back some time later.
    while [[ $rest == *'"id":'* ]]; do
        rest=${rest#*'"id":'}
        id=${rest%%[,\}]*}
        [[ ${rest%%\}*} != *'"attached"'* ]] || LEAK_PROGRAMS+=" ${id# }"
    done
}

# expect_no_leak: of the lab there is no namespace, cgroup, pin, file or program any more.
_expect_no_leak() {
    local path type _ left=()
    for path in /run/netns/waypost."$LAB".* "${WAYPOST_BPFFS:-/sys/fs/bpf}/waypost/$LAB" \
        "${WAYPOST_STATE:-/run/waypost}/$LAB"; do
        [[ ! -e $path ]] || left+=("$path")
    done
    while read -r _ path type _; do
        path+=/waypost/${WAYPOST_RUN_ID:-hand}/$LAB
        [[ $type != cgroup2 || ! -e $path ]] || left+=("$path")
    done </proc/self/mounts
    leak_programs
    [[ ${#left[@]} -eq 0 ]] || die "lab $LAB was taken down, and this is left: ${left[*]}"
}

# Adds to $left. The kernel lets go of a program when the last socket that used it is freed, which it
# does a little later and tells nobody: hence a deadline ($WAYPOST_LEAK_LIMIT us, 2 s).
leak_programs() {
    local id held until=$((${EPOCHREALTIME/[.,]/} + ${WAYPOST_LEAK_LIMIT:-2000000}))
    held=$LEAK_PROGRAMS
    while [[ -n $held && ${EPOCHREALTIME/[.,]/} -lt $until ]]; do
        leak_look
    done
    for id in $held; do
        left+=("program $id")
    done
}

# Which of the lab's programs there still are, in $held.
leak_look() {
    local id all
    all=$'\n'$(bpftool prog list 2>&1 3>&-) || die "cannot list the kernel's programs:$all"
    held=
    for id in $LEAK_PROGRAMS; do
        [[ $all != *$'\n'"$id: "* ]] || held+=" $id"
    done
}

# expect_no_strays: no test left a process behind that holds fd 3: bats would wait for its end.
_expect_no_strays() {
    local file pid strays=()
    for file in /proc/[0-9]*/fd/3; do
        [[ $file -ef /proc/$$/fd/3 ]] || continue
        pid=${file#/proc/}
        pid=${pid%%/*}
        is_ancestor "$pid" || strays+=("$pid")
    done
    [[ ${#strays[@]} -ne 0 ]] || return 0
    local said=
    for pid in "${strays[@]}"; do
        said+=" $(tr '\0' ' ' <"/proc/$pid/cmdline" 3>&-)($pid)"
        kill -KILL "$pid" 2>/dev/null || true
    done
    die "a test left this running, with bats' fd 3 (start it with 3>&-, and end it):$said"
}

# is_ancestor PID: of this shell, or the shell itself.
is_ancestor() {
    local at=$$ stat
    while [[ $at -gt 0 ]]; do
        [[ $at -ne $1 ]] || return 0
        stat=$(<"/proc/$at/stat")
        stat=${stat##*) ? }
        at=${stat%% *}
    done
    return 1
}
