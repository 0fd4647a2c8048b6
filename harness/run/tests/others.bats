#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What other users of the machine can do to a run: nothing.
load run.bash

# In a mount namespace with a state of its own, the lines of standard input; $1 is where cgroup2 is.
apart() {
    # shellcheck disable=SC2016 # the inner shell's
    run unshare -m --propagation private bash -euc 'W=${BUILD:-$PWD/build}/waypost
        export WAYPOST_STATE=/run/waypost-apart-$$
        trap "rm -rf \$WAYPOST_STATE" EXIT
        stranger() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
        up() { "$W" up t -t topologies/one-waypoint.yaml --no-agents; }
        down() { "$W" down t; }
'"$(cat)" bash "$(sed -n 's/^[^ ]* \([^ ]*\) cgroup2 rw.*/\1/p' /proc/mounts | head -n 1)" 3>&-
    echo "$output"
}

@test "nobody else can open the locks of runs, nor see their names" {
    good
    expect 0 "6 passed, 0 failed, 0 skipped"
    [[ $(stat -c %a:%u /run/waypost-runs) == 700:0 && $(stat -c %a /run/waypost-runs/guard) == 600 ]]
    run setpriv --reuid 65534 --regid 65534 --clear-groups flock -n /run/waypost-runs/guard true
    [[ $status != 0 && $output == *"Permission denied"* ]]
    run setpriv --reuid 65534 --regid 65534 --clear-groups ls /run/waypost-runs
    [[ $status != 0 ]]
}

@test "locks of directories that everybody can open are held: a lab goes up and down all the same" {
    apart <<'END'
        coproc HOLDERS { exec setpriv --reuid 65534 --regid 65534 --clear-groups bash -c '
            exec 8</run/netns 9<"$0"; flock 8; flock 9; echo held; exec cat' "$1" 2>/dev/null; }
        up
        read -r -u "${HOLDERS[0]}"
        down && up && down
        kill "$HOLDERS_PID"
END
    [[ $status == 0 ]]
}

@test "names in a bpffs that everybody can write to, made in advance: they are removed" {
    apart <<'END'
        umount /sys/fs/bpf 2>/dev/null || true
        mount -t bpf bpf /sys/fs/bpf
        stranger mkdir -p /sys/fs/bpf/waypost/t/node1
        stranger ln -s /sys/fs/bpf /sys/fs/bpf/waypost/t/node2
        up
        [[ $(stat -c %u:%a /sys/fs/bpf/waypost) == 0:755 ]]
        down
        rmdir /sys/fs/bpf/waypost
        stranger ln -s /sys/fs /sys/fs/bpf/waypost
        up
        [[ ! -L /sys/fs/bpf/waypost ]]
        down
END
    [[ $status == 0 && $output == *"removing '/sys/fs/bpf/waypost', which is somebody else's"* ]]
}

@test "a link that waits where a file of --junit is written at first: it leads nowhere" {
    local junit=$BATS_TEST_TMPDIR/junit.xml
    echo precious >"$BATS_TEST_TMPDIR/precious"
    ln -s "$BATS_TEST_TMPDIR/precious" "$junit.new"
    good --junit "$junit"
    expect 0 "6 passed, 0 failed, 0 skipped"
    [[ $(<"$BATS_TEST_TMPDIR/precious") == precious && -s $junit ]]
}

@test "a link that waits where import -o is to write: it leads nowhere" {
    local out=$BATS_TEST_TMPDIR/mine.yaml dump=harness/field/fuzz/seeds/import/dump.json
    echo precious >"$BATS_TEST_TMPDIR/precious"
    ln -s precious "$out"
    "${BUILD:-$PWD/build}/waypost" import "$dump" -o "$out"
    [[ ! -L $out && $(<"$BATS_TEST_TMPDIR/precious") == precious ]]
    "${BUILD:-$PWD/build}/waypost" import "$dump" -o /dev/stdout 2>/dev/null | cmp - "$out"
}

@test "the lock of the build directory: the sentence says who holds it" {
    export BUILD=$BATS_TEST_TMPDIR/build WAYPOST_BUILD_WAIT=1
    mkdir "$BUILD"
    : >"$BUILD/.lock"
    coproc HOLDER { exec flock "$BUILD/.lock" -c 'echo held; exec cat' 3>&-; }
    local holder=$HOLDER_PID
    read -r -u "${HOLDER[0]}"
    run ./run.sh suite 010 3>&-
    kill "$holder"
    echo "$output"
    [[ $status == 3 ]]
    [[ ${lines[-1]} == "run.sh: '$BUILD/.lock' has been locked for over 1 s by process $holder (flock): wait for it, or end it" ]]
}
