#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the machine is short of is no verdict: exit 3, and a sentence.
# shellcheck disable=SC2016,SC2030,SC2031 # what short() is given is for its inner shell; output and status come from `run`
load run.bash

# short COMMAND…: in a mount namespace with a state of its own, after what the lines of standard input do to it.
short() {
    run unshare -m --propagation private bash -euc 'export WAYPOST_STATE=/run/waypost-short-$$
        mkdir "$WAYPOST_STATE"
        trap "umount -l \$WAYPOST_STATE 2>/dev/null || true; rm -rf \$WAYPOST_STATE" EXIT
'"$(cat)"'
        "$@"' bash "$@" 3>&-
    echo "$output"
}

up() {
    short "${BUILD:-$PWD/build}/waypost" up t -t topologies/one-waypoint.yaml "$@"
}

# shortage SENTENCE: exit 3, and that it says so; to be refused or skipped would be a verdict.
shortage() {
    [[ $status == 3 ]]
    [[ $output == *"shortage: "*"$1"* ]]
    [[ $output != *refused* && ! $output =~ [1-9][0-9]*" skipped" ]]
}

# small CONTROLLER: a cgroup in whichever hierarchy has it; $small is its directory.
small() {
    small=$(awk -v c="$1" '$3 == "cgroup" && $4 ~ c {print $2; exit}' /proc/mounts)
    small=${small:-$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)}/waypost-short-$$
    mkdir "$small"
    [[ -e $small/$1.max || -e $small/$1.limit_in_bytes ]] ||
        echo "+$1" >"${small%/*}/cgroup.subtree_control"
}

@test "descriptors: while programs are loaded, and for the sandbox" {
    up --partial --no-agents <<<'ulimit -n 64'
    shortage "Too many open files; a process may have 64 files open here: \`ulimit -n 4096\`"
    mkdir -p results
    short ./run.sh suite 010 <<<'mount -t tmpfs none results; ulimit -n 64'
    [[ $status == 3 && ${lines[-1]} == "0 passed, 0 failed, 0 skipped, 18 inconclusive" ]]
    [[ $output == *"INCONCLUSIVE 010-smoke: setup_file failed ["*"a process may have 64 files open here"* ]]
    short ./run.sh suite 010 <<<'mount -t tmpfs none results; ulimit -n 20'
    shortage "a process may have 20 files open here"
    [[ ${lines[-1]} == "0 passed, 0 failed, 0 skipped" ]]
    rmdir results 2>/dev/null || true
}

@test "descriptors: whatever their number, no program is refused and no unit test fails" {
    local -i n
    for ((n = 10; n < 34; n += 3)); do
        up --partial --no-agents <<<"ulimit -n $n"
        shortage "a process may have $n files open here"
    done
    for ((n = 8; n < 20; n++)); do
        short "${BUILD:-$PWD/build}/waypost" unit "${BUILD:-$PWD/build}/unit/connect4.o" <<<"ulimit -n $n"
        [[ $status == 3 ]]
        [[ ${lines[-1]} == "# inconclusive: shortage: cannot be loaded: Too many open files; a process may have $n files open here"* ]]
    done
}

# without CAPABILITY COMMAND…: by root that has not got it; $status is 3 and its name is said.
without() {
    short setpriv --bounding-set "-$1" --inh-caps -all "${@:2}" <<<''
    [[ $status == 3 && $output == *"shortage: "*"Operation not permitted; root has not got CAP_${1^^} here: a container needs --privileged"* ]]
}

@test "rights that root has not got" {
    local waypost=${BUILD:-$PWD/build}/waypost
    without net_admin ./run.sh suite 010
    without sys_admin ./run.sh suite 010
    without net_admin "$waypost" up t -t topologies/one-waypoint.yaml --partial --no-agents
    without sys_admin "$waypost" up t -t topologies/one-waypoint.yaml --partial --no-agents
    without sys_admin "$waypost" unit "${BUILD:-$PWD/build}/unit/connect4.o"
    short setpriv --bounding-set -sys_admin,-bpf --inh-caps -all "$waypost" doctor <<<''
    [[ $output == *"sk_msg was not tried: Operation not supported; root has not got CAP_SYS_ADMIN here"* ]]
    [[ $output != *"is missing: Operation not"* ]]
}

@test "a disk without space, without inodes, and a read-only one" {
    up --no-agents <<<'mount -t tmpfs -o nr_inodes=1,mode=700 none "$WAYPOST_STATE"'
    shortage "No space left on device; free space (\`df -h\`) or inodes (\`df -i\`)"
    up --no-agents <<<'mount -t tmpfs -o size=4k,mode=700 none "$WAYPOST_STATE"; yes >"$WAYPOST_STATE/full" 2>/dev/null || true'
    shortage "No space left on device"
    up --no-agents <<<'mount -t tmpfs -o ro,mode=700 none "$WAYPOST_STATE"'
    shortage "Read-only file system; make it writable"
}

# build SHORTAGE: a build from nothing in $NEW, after the lines of standard input; exit 3, and one line that says it.
build() {
    BUILD=$NEW/build short ./run.sh suite 010
    [[ $status == 3 && ${#lines[@]} == 1 && $output == "run.sh: shortage: "*"$1" ]]
}

@test "a build without space, without inodes, or that may not write" {
    export NEW=$BATS_TEST_TMPDIR
    local room='free space (`df -h`) or inodes (`df -i`)' writable='make it writable, or build elsewhere: `BUILD=DIR ./run.sh`'
    build "nothing can be built in '$NEW/build': No space left on device; $room" <<<'mount -t tmpfs -o size=16k none "$NEW"'
    build "No space left on device; $room" <<<'mount -t tmpfs -o size=300k none "$NEW"'
    [[ $output == *"the build cannot go on: "*"$NEW/build/"* ]]
    build "No space left on device; $room" <<<'mount -t tmpfs -o nr_inodes=40 none "$NEW"'
    build "No space left on device; $room" <<<'mkdir "$NEW/tmp"; mount -t tmpfs -o size=100k none "$NEW/tmp"; export TMPDIR=$NEW/tmp'
    [[ $output == *"the build cannot go on: "*"$NEW/tmp/"* ]]
    build "nothing can be built in '$NEW/build': Read-only file system; $writable" <<<'mount -t tmpfs -o ro none "$NEW"'
}

@test "a build without processes, of its user or of a cgroup" {
    export NEW=/dev/shm/waypost-new-$$
    mkdir "$NEW"
    build 'raise `ulimit -u`, or pids.max of the cgroup in /proc/self/cgroup' <<'END'
        mount -t tmpfs none "$NEW"
        cp -r Makefile run.sh harness bpf suites topologies kernels.yaml "$NEW"
        chown -R 65534:65534 "$NEW"
        cd "$NEW"
        export SUDO_UID=65534 SUDO_GID=65534 CC=gcc
        ulimit -u 3
END
    small pids
    SMALL=$small build 'raise `ulimit -u`, or pids.max of the cgroup in /proc/self/cgroup' <<'END'
        mount -t tmpfs none "$NEW"
        echo $$ >"$SMALL/cgroup.procs"
        echo 6 >"$SMALL/pids.max"
END
    rmdir "$small" "$NEW"
}

@test "run.sh cannot start a process" { # bash tries again for 15 s
    small pids
    SMALL=$small short ./run.sh suite 010 <<<'echo $$ >"$SMALL/cgroup.procs"; echo 2 >"$SMALL/pids.max"'
    rmdir "$small"
    [[ $status == 3 && $output == *"fork: Resource temporarily unavailable"* ]]
    [[ ${lines[-1]} == 'run.sh: shortage: no process can be started: raise `ulimit -u`, or pids.max of the cgroup in /proc/self/cgroup' ]]
}

@test "a build whose compiler is killed by the kernel for memory" {
    export NEW=$BATS_TEST_TMPDIR
    small memory
    SMALL=$small build 'if the kernel did that for memory (`dmesg`), free memory, or raise the limit of the cgroup' <<'END'
        echo $$ >"$SMALL/cgroup.procs"
        echo 20M 2>/dev/null >"$SMALL/memory.max" || echo 20M >"$SMALL/memory.limit_in_bytes"
        export CC=gcc
END
    [[ $output == *"Killed signal terminated program"* ]]
    rmdir "$small"
}

@test "no bpffs: up mounts one, or names the command" {
    up --no-agents <<<'umount /sys/fs/bpf 2>/dev/null || true
        trap "\$1 down t; umount -l \$WAYPOST_STATE/.cgroup2 2>/dev/null || true; rm -rf \$WAYPOST_STATE" EXIT'
    [[ $status == 0 ]]
    WAYPOST_BPFFS=/dev/shm/none up --no-agents <<<''
    shortage "is not in a bpffs: mount one with \`mount -t bpf bpf DIR\`"
}

@test "cgroups that a cgroup above them does not allow" {
    small=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)/waypost-short-$$
    mkdir "$small"
    echo 3 >"$small/cgroup.max.descendants"
    WAYPOST_CGROUP=$small up --no-agents <<<''
    shortage "raise cgroup.max.descendants and cgroup.max.depth of the cgroups above it"
    find "$small" -depth -type d -exec rmdir {} +
}

@test "an agent that has more listeners than it may have descriptors" {
    seq -s, -f '{port: %g}' 8001 8040 | sed 's/.*/pods: [{name: p, listeners: [&]}]/' >"$BATS_TEST_TMPDIR/t.yaml"
    short "${BUILD:-$PWD/build}/waypost" up t -t "$BATS_TEST_TMPDIR/t.yaml" --no-programs <<<'ulimit -n 30'
    shortage "the agent of pod 'p' cannot start: cannot make a socket for port "
    shortage "a process may have 30 files open here"
}

@test "doctor: what it cannot try is not missing" {
    run setpriv --reuid 65534 --regid 65534 --clear-groups "${BUILD:-$PWD/build}/waypost" doctor
    [[ $status == 1 && $output == *"fastopen was not tried: only root can try it"* && $output != *"veth is missing"* ]]
    short "${BUILD:-$PWD/build}/waypost" doctor --probe sockhash <<<'ulimit -n 4'
    shortage "sockhash was not tried: Too many open files"
}

# suites BODY: one test of it, in a cgroup that `small` has made, after the lines of standard input.
suites() {
    mkdir -p "$BATS_TEST_TMPDIR/suites"
    printf '@test "S-1 it" {\n%s\n}\n' "$1" >"$BATS_TEST_TMPDIR/suites/101-short.bats"
    make -s "BUILD=${BUILD:-build}" all >&2 # not in the cgroup
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites SMALL=$small short ./run.sh suite --family v4
    rmdir "$small"
}

# A run of three tests, of which the second has much to say.
three() {
    mkdir -p "$BATS_TEST_TMPDIR/suites" "$BATS_TEST_TMPDIR/out" results
    printf '@test "S-%s it" { %s; }\n' 1 : 2 "skip \"\$(head -c 100000 /dev/zero | tr '\\0' x)\"" 3 : \
        >"$BATS_TEST_TMPDIR/suites/101-short.bats"
    WAYPOST_SUITES=$BATS_TEST_TMPDIR/suites OUT=$BATS_TEST_TMPDIR/out short ./run.sh suite --family v4 "$@"
    [[ $status == 3 ]]
    rmdir results 2>/dev/null || true
}

# once TEXT: said, and no second time.
once() {
    [[ $(grep -cF "$1" <<<"$output") == 1 ]]
}

@test "results that cannot be written: the counts are true" {
    three <<<'mount -t tmpfs -o ro none results'
    [[ $output == "run.sh: shortage: cannot write to 'results': Read-only file system; make it writable"* ]]
    three <<<'mount -t tmpfs -o nr_inodes=6 none results'
    once "101-short.v4.err': No space left on device; free space (\`df -h\`) or inodes (\`df -i\`)"
    [[ ${lines[-1]} == "0 passed, 0 failed, 0 skipped" ]]
    three <<<'mount -t tmpfs -o size=64k none results'
    once "101-short.v4.tap': No space left on device"
    [[ ${lines[-2]} == "interrupted: 1 of 1 files did not end" && ${lines[-1]} == "1 passed, 0 failed, 0 skipped" ]]
}

@test "reports that cannot be written: each is said, and the run's end" {
    three --junit "$BATS_TEST_TMPDIR/out/j" --tap "$BATS_TEST_TMPDIR/out/t" \
        <<<'mount -t tmpfs -o size=4k none "$OUT"; yes >"$OUT/full" 2>/dev/null || true'
    once "cannot write '$BATS_TEST_TMPDIR/out/j': No space left on device"
    once "cannot write '$BATS_TEST_TMPDIR/out/t': No space left on device"
    [[ ${lines[-1]} == "2 passed, 0 failed, 1 skipped" ]]
}

@test "a full and a read-only /tmp: a run needs none" {
    local how
    for how in 'mount -t tmpfs -o size=4k none /tmp; yes >/tmp/full 2>/dev/null || true' 'mount -t tmpfs -o ro none /tmp'; do
        short ./run.sh suite --family v4 010 <<<"$how"
        [[ $status == 0 && ${lines[-1]} == "6 passed, 0 failed, 0 skipped" ]]
    done
}

killed() {
    [[ $status == 3 && ${lines[-1]} == "0 passed, 0 failed, 0 skipped, 1 inconclusive" ]]
    [[ $output == *"shortage: the kernel killed for memory (oom_kill is "*"raise memory.max of the cgroup"* ]]
}

@test "a command, records and a lab's end for which the machine has no time" {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/starved run ./run.sh suite --family v4 3>&-
    echo "$output"
    [[ $status == 3 && ${lines[-1]} == "0 passed, 0 failed, 0 skipped, 3 inconclusive" ]]
    [[ $output == *"the command: in "*"whether the records come: in "*"whether the lab leaves nothing: in "* ]]
    forget_results
    WAYPOST_QUIET=1 WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/starved run ./run.sh suite --family v4 3>&-
    echo "$output"
    [[ $status == 1 && ${lines[-1]} == "0 passed, 3 failed, 0 skipped" ]]
    forget_results
}

@test "memory of a cgroup: what a test has started, or bats, is killed by the kernel" {
    local body
    for body in 'tail /dev/zero' 'exec tail /dev/zero'; do
        small memory
        suites "$body" <<'END'
            echo $$ >"$SMALL/cgroup.procs"
            echo 100M 2>/dev/null >"$SMALL/memory.max" || echo 100M >"$SMALL/memory.limit_in_bytes"
END
        killed
    done
}

@test "processes of a cgroup: the agents'" {
    local pids
    small pids
    pids=$small
    PIDS=$pids up <<<'echo $$ >"$PIDS/cgroup.procs"; echo 8 >"$PIDS/pids.max"'
    shortage "pids.max of the cgroup in /proc/self/cgroup"
    rmdir "$pids"
}

@test "processes of a cgroup: what a test starts" {
    small pids
    # timeout does not try again for 15 s, as bash does.
    suites '(echo 1 >"$SMALL/pids.max"; exec timeout 5 true) || { echo max >"$SMALL/pids.max"; false; }' \
        <<<'echo $$ >"$SMALL/cgroup.procs"'
    [[ $status == 3 && ${lines[-1]} == "0 passed, 0 failed, 0 skipped, 1 inconclusive" ]]
    [[ $output == *"shortage: a process could not be started, as '$small/pids.events' counts: raise pids.max"* ]]
}
