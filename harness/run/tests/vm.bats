# SPDX-License-Identifier: Apache-2.0
# `run.sh vm`: everything that can become of a virtual machine, each reported as what it is, never as
# passed. What boots one has the tag `boot`; where none can be had those are skipped, with the reason.
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2030,SC2031,SC2016 # output and status come from `run`; quoted is what runs inside

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_DIRNAME/../../.." || return
    [[ " ${BATS_TEST_TAGS[*]} " != *" boot "* || -z ${WAYPOST_NO_VM:-} ]] || skip "$WAYPOST_NO_VM"
    export CI=1
}

# A test that fails leaves no machine running: that of the run.sh which has this pid.
teardown() {
    [[ -n ${runner:-} ]] || return 0
    { echo "$runner" && machine_of "$runner"; } | xargs -r kill -KILL 2>/dev/null || true
}

# machine_of PID: the qemu that this run.sh has started.
machine_of() {
    pgrep -f "qemu-system.*/results/vm-[0-9-]*-$1/"
}

# A machine in the background, that of $runner, when it has said "begun". $alive ends when no process
# is left of it: a zombie has let go of it.
start() {
    : >"$BATS_TEST_TMPDIR/out"
    exec {alive}< <(exec ./run.sh vm --kernel 6.1 --accel tcg exec bash -c 'echo begun; tail -f /dev/null' \
        9>&1 >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-)
    runner=$!
    timeout 60 tail -f --pid="$runner" "$BATS_TEST_TMPDIR/out" | grep -m 1 begun
}

# vm ARGUMENT...: without KVM, so that it is the same everywhere.
vm() {
    run ./run.sh vm --kernel 6.1 --accel tcg "$@" 3>&-
    echo "$output"
    results=$(sed -n 's,.*are in \(results/[^ ]*\)$,\1,p' <<<"$output")
    [[ -z $results ]] || rm -rf "${results:?}"
}

# kernels LINE...: a kernels.yaml with these fields of a kernel "6.1".
kernels() {
    export WAYPOST_KERNELS=$BATS_TEST_TMPDIR/kernels.yaml
    printf 'kernels:\n  - name: "6.1"\n' >"$WAYPOST_KERNELS"
    printf '    %s\n' "$@" >>"$WAYPOST_KERNELS"
}

cache() {
    echo "${WAYPOST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/waypost}"
}

# expect STATUS TEXT...
expect() {
    local text
    [[ $status == "$1" ]]
    for text in "${@:2}"; do
        [[ $output == *"$text"* ]]
    done
}

@test "mistakes on the command line: one sentence, exit 2" {
    vm --no-such-option
    expect 2 "run.sh: 'vm' does not take '--no-such-option'; see ./run.sh vm --help"
    vm fly
    expect 2 "run.sh: 'vm' runs suite, verifier, doctor or exec, not 'fly'; see ./run.sh vm --help"
    vm verifier --objects . --record
    expect 2 "the record is of the suite's own programs: --record without --objects"
    vm --memory much
    expect 2 "run.sh: --memory takes a number from 1, not 'much'"
    vm exec
    expect 2 "run.sh: 'vm exec' needs a command"
    vm suite --no-such-option
    expect 2 "run.sh: 'suite' does not take '--no-such-option'; see ./run.sh --help"
}

# bats test_tags=boot
@test "a kernel that is not in the list: the list" {
    vm --kernel 2.4 suite
    expect 2 "waypost: kernels.yaml has no kernel '2.4'; there are: 6.1, 6.12, host"
}

# bats test_tags=boot
@test "--dry-run prints the qemu command, and nothing is left of it" {
    vm --dry-run exec true
    expect 0 "'-no-reboot'" "readonly=on" "panic=-1"
    [[ $output != *snapshot* ]]
    [[ $output =~ file=([^,]*)/work\.img ]]
    [[ ! -e ${BASH_REMATCH[1]} ]]
}

# bats test_tags=boot
@test "a command's output and exit code come out" {
    vm exec bash -c 'uname -r; exit 7'
    expect 7 "6.1."
}

# bats test_tags=boot
@test "the suites' smoke part passes on 6.1" {
    WAYPOST_SUITES='' vm suite 010 --junit "$BATS_TEST_TMPDIR/junit.xml"
    expect 0 "18 passed, 0 failed, 0 skipped" "6.1     tcg  passed   18      0       0"
    grep -F 'tests="18" failures="0"' "$BATS_TEST_TMPDIR/junit.xml"
}

# bats test_tags=boot
@test "suites that fail: exit 1, the failures, the JUnit file has them" {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/suites vm suite 101 --junit "$BATS_TEST_TMPDIR/junit.xml"
    expect 1 "FAILED 101-fails: F-2 fails" "6.1     tcg  failed" \
        "skipped for a reason that is not in its list 'missing': there is no such feature"
    grep -F '<failure' "$BATS_TEST_TMPDIR/junit.xml"
}

# bats test_tags=boot
@test "nothing of the host can be written" {
    local before after
    before=$(sha256sum "$(cache)/root.img" run.sh /etc/passwd)
    vm exec bash -c 'for f in /dev/vda /dev/vdb; do dd if=/dev/zero of=$f count=1 && echo "wrote $f"; done
        for f in /lower /memory; do ls $f && echo "sees $f"; done
        rm -f /etc/passwd run.sh && : >/etc/shadow && echo "wrote its own"; sync'
    expect 0 "wrote its own"
    [[ $output != *"wrote /dev"* && $output != *sees* ]]
    after=$(sha256sum "$(cache)/root.img" run.sh /etc/passwd)
    [[ $before == "$after" ]]
}

# bats test_tags=boot
@test "a kernel that panics in a test: the results until then, and the test by name" {
    WAYPOST_SUITES=$BATS_TEST_DIRNAME/fixtures/vm vm suite --junit "$BATS_TEST_TMPDIR/junit.xml"
    expect 1 "6.1: panicked: " "Kernel panic - not syncing: sysrq triggered crash" \
        "FAILED 100-panics [v4]: has no end: it was killed, or the run was, in the test: P-2 panics" \
        "1 passed, 2 failed, 0 skipped"
    grep -F 'name="P-1 passes [v4]" time=' "$BATS_TEST_TMPDIR/junit.xml"
}

# bats test_tags=boot
@test "what the verifier spends there" {
    vm verifier
    expect 0 "cgroup_connect4_prog" "6.1     yes"
}

# bats test_tags=boot
@test "a kernel that panics in boot" {
    vm --append rdinit=/nowhere exec true
    expect 3 "kernel 6.1: panicked: " "Kernel panic - not syncing: "
}

# bats test_tags=boot
@test "a kernel that hangs in boot" {
    vm --boot-limit 1 exec true
    expect 3 "kernel 6.1: hung: not ready within 1 s; last on the console: "
}

# bats test_tags=boot
@test "a command that does not end" {
    vm --run-limit 15 exec bash -c 'echo begun; tail -f /dev/null'
    expect 3 "kernel 6.1: late: not done within 15 s; last: begun"
}

# bats test_tags=boot
@test "a kernel without what a machine needs" {
    kernels "image: $(cache)/kernels/linux-image-cloud-amd64/image"
    vm --boot-limit 60 exec true
    expect 3 "kernel 6.1: lacks: /dev/vda: No such device"
}

# bats test_tags=boot
@test "a kernel without what the suites need: named, unless it may be missing" {
    kernels "package: linux-image-cloud-amd64"
    vm --append ipv6.disable=1 suite 010
    expect 1 "6.1: lacks: ipv6: " "0 passed, 1 failed, 0 skipped"
}

# bats test_tags=boot
@test "a kernel that runs out of memory" {
    vm --memory 256 exec bash -c 'tail /dev/zero; true'
    expect 3 "kernel 6.1: out-of-memory: the kernel killed 1 processes for want of memory"
}

# bats test_tags=boot
@test "a qemu that dies: at once, and later" {
    kernels "image: /etc/passwd"
    vm exec true
    expect 3 "kernel 6.1: qemu-died: with 1: "
    unset WAYPOST_KERNELS
    start
    kill -KILL "$(machine_of "$runner")"
    status=0
    wait "$runner" || status=$?
    output=$(<"$BATS_TEST_TMPDIR/out")
    echo "$output"
    rm -rf results/vm-*-"$runner"
    runner=''
    expect 3 "kernel 6.1: qemu-died: with 137"
}

# bats test_tags=boot
@test "an exit channel that stays silent" {
    vm exec bash -c 'echo o >/proc/sysrq-trigger; tail -f /dev/null'
    expect 3 "kernel 6.1: silent: it was switched off, and there is no exit code"
}

# bats test_tags=boot
@test "kill -9 of run.sh ends qemu" {
    start
    machine_of "$runner"
    kill -KILL "$runner"
    timeout 10 cat <&"$alive"
    rm -rf results/vm-*-"$runner"
    runner=''
}
