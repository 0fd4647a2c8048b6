# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A run's own mount, net and pid namespaces, with a bpffs, a /run/netns and a state directory of its
# own. Everything in it is kernel state that dies with its owner. Sourced by run.sh.
#
#   run.sh (outer) ── unshare ── run.sh __inside (pid 1 of the namespace) ── bats, agents, ...
#
# The outer one gets SIGKILL to unshare when it dies (PR_SET_PDEATHSIG), unshare to pid 1
# (--kill-child), and the kernel kills the rest: kill -9 of any of the three leaves no process. What
# remains is the run's empty cgroup directories; the outer one removes them at its end, and where it
# could not, the next run does. Which runs are alive is told by a lock that all their processes hold.

readonly SANDBOX_RUNS=/run/waypost-runs

SANDBOX_PID=''
SANDBOX_INTERRUPTED=''

# ---- cgroups ----

# Prints where cgroup2 is mounted; fails when it is nowhere.
sandbox_cgroup_mount() {
    local _ dir type

    if [[ -n ${WAYPOST_CGROUP:-} ]]; then
        say "$WAYPOST_CGROUP"
        return
    fi
    while read -r _ dir type _; do
        if [[ $type == cgroup2 ]]; then
            say "$dir"
            return
        fi
    done </proc/self/mounts
    return 1
}

# Removes the (empty) cgroups of a run that is over.
sandbox_remove_cgroups() {
    [[ -d $1 ]] || return 0
    rmdir "$1" 2>/dev/null || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

# Removes what one run left, if no process of it lives.
sandbox_sweep_run() {
    local root=$1 run=$2 lock=$SANDBOX_RUNS/$2.lock fd

    exec {fd}>>"$lock"
    if flock -n "$fd"; then
        sandbox_remove_cgroups "$root/waypost/$run"
        [[ -d $root/waypost/$run ]] || rm -f "$lock"
    fi
    exec {fd}>&-
}

# Between these two nobody else makes or removes a run's directories.
sandbox_guard() {
    exec {SANDBOX_GUARD}>"$SANDBOX_RUNS/guard"
    flock "$SANDBOX_GUARD"
}

sandbox_unguard() {
    exec {SANDBOX_GUARD}>&-
}

# Removes what dead runs left. What has no lock file is not ours.
sandbox_sweep() {
    local root path run

    if ! root=$(sandbox_cgroup_mount); then
        # Nothing is mounted that could show them: look from a mount namespace of our own.
        root=$(mktemp -d)
        mount -t cgroup2 none "$root" 2>/dev/null || { rmdir "$root" && return; }
    fi
    sandbox_guard
    for path in "$SANDBOX_RUNS"/*.lock; do
        run=${path##*/}
        sandbox_sweep_run "$root" "${run%.lock}"
    done
    rmdir "$root/waypost" 2>/dev/null || true
    sandbox_unguard
}

sandbox_sweep_outside() {
    mkdir -p "$SANDBOX_RUNS"
    if sandbox_cgroup_mount >/dev/null; then
        sandbox_sweep
    else
        unshare --mount --propagation private "$BASH" "$ROOT/run.sh" __sweep
    fi
}

# ---- the outer side ----

# Gives the run its name and its lock.
sandbox_claim() {
    local now

    printf -v now '%(%Y%m%d-%H%M%S)T' -1
    WAYPOST_RUN_ID=$now-$$
    export WAYPOST_RUN_ID
    mkdir -p "$SANDBOX_RUNS" /run/waypost /run/netns
    exec {SANDBOX_LOCK}>"$SANDBOX_RUNS/$WAYPOST_RUN_ID.lock"
    flock -n "$SANDBOX_LOCK" || die "$CODE_FAILED" "there is a run $WAYPOST_RUN_ID already"
}

# Pid 1 of the sandbox, as the outside sees it.
sandbox_first_pid() {
    local pid=''

    read -r pid _ <"/proc/$1/task/$1/children" 2>/dev/null || pid=$(pgrep -P "$1") || true
    [[ -n $pid ]] && say "$pid"
}

sandbox_interrupt() {
    local pid

    SANDBOX_INTERRUPTED=$1
    # Pid 1 and not unshare: unshare then stays until all of the namespace is gone.
    pid=$(sandbox_first_pid "$SANDBOX_PID") || pid=$SANDBOX_PID
    kill -KILL "$pid" 2>/dev/null || true
}

sandbox_wait() {
    local status=0

    while kill -0 "$SANDBOX_PID" 2>/dev/null; do
        status=0
        wait "$SANDBOX_PID" 2>/dev/null || status=$?
    done
    return "$status"
}

sandbox_start() {
    # Between fork and prctl the parent may die unseen; hence the look at PPID.
    # shellcheck disable=SC2016
    setpriv --pdeathsig KILL env --default-signal=INT,QUIT \
        sh -c '[ "$PPID" = "$0" ] && exec unshare "$@"' $$ \
        --mount --net --pid --fork --kill-child=KILL --mount-proc --propagation private -- \
        "$BASH" "$ROOT/run.sh" __inside "$@" <&0 &
    SANDBOX_PID=$!
    say "$SANDBOX_PID" >&"$SANDBOX_LOCK"
}

# sandbox_run FUNCTION ARGUMENT...: runs the function inside; its status. 130 and the like when the
# run was interrupted.
sandbox_run() {
    local status=0

    trap 'sandbox_interrupt 130' INT
    trap 'sandbox_interrupt 143' TERM
    trap 'sandbox_interrupt 129' HUP
    sandbox_start "$@"
    sandbox_wait || status=$?
    trap - INT TERM HUP
    exec {SANDBOX_LOCK}>&-
    sandbox_sweep_outside
    return "${SANDBOX_INTERRUPTED:-$status}"
}

# ---- the inner side ----

sandbox_mount() {
    local type=$1 dir=$2

    mount -t "$type" -o "${3:-rw}" waypost "$dir" ||
        die "$CODE_FAILED" "cannot mount a $type on $dir inside the sandbox"
}

sandbox_is_mounted() {
    local _ dir

    while read -r _ dir _; do
        [[ $dir != "$1" ]] || return 0
    done </proc/self/mounts
    return 1
}

sandbox_prepare_cgroup() {
    local root

    if ! root=$(sandbox_cgroup_mount); then
        root=/run/waypost/cgroup
        mkdir -p "$root"
        sandbox_mount cgroup2 "$root"
    fi
    export WAYPOST_CGROUP=$root
    sandbox_guard
    mkdir -p "$root/waypost/$WAYPOST_RUN_ID" ||
        die "$CODE_FAILED" "cannot make a cgroup below $root"
    sandbox_unguard
}

# The run's own directory: STATE and TMPDIR. A run within a run (a test of run.sh) shares the outer
# one's tmpfs, so that both see the tests' files; the path is short, because sockets are in it.
sandbox_prepare_state() {
    local base=/run/waypost/${WAYPOST_RUN_ID##*-}

    sandbox_is_mounted /run/waypost || sandbox_mount tmpfs /run/waypost mode=755
    while ! mkdir "$base" 2>/dev/null; do
        base+=x
    done
    mkdir "$base/labs"
    mkdir -m 1777 "$base/tmp"
    export WAYPOST_STATE=$base/labs WAYPOST_BPFFS=/sys/fs/bpf TMPDIR=$base/tmp
}

sandbox_prepare() {
    [[ -d /sys/fs/bpf ]] || die "$CODE_FAILED" "there is no /sys/fs/bpf: a kernel with BPF is needed"
    sandbox_mount tmpfs /run/netns mode=755
    sandbox_mount bpf /sys/fs/bpf
    sandbox_prepare_state
    sandbox_prepare_cgroup
    ip link set lo up || die "$CODE_FAILED" "cannot set up lo inside the sandbox"
}

# Pid 1 of the sandbox: prepares it and calls the function.
sandbox_inside() {
    [[ $$ == 1 && -n ${WAYPOST_RUN_ID:-} ]] || die "$CODE_MISTAKE" "__inside is not for people"
    sandbox_prepare
    "$@"
}
