# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# One virtual machine, from qemu's command line to its verdict. Sourced by run.sh.
#
# The machine reports on its second serial port (harness/vm/guest/init.c), which is qemu's standard
# output here: a pipe that ends when qemu does. Until `exit N` was read there, nothing has passed.

readonly VM_QEMU=${WAYPOST_QEMU:-qemu-system-x86_64}
# Seconds in which a machine with KVM is ready, or else KVM is not to be trusted.
readonly VM_KVM_LIMIT=8

# What spares time, a lot of it without KVM. Translated code is kept by its address, and addresses at
# random make qemu translate everything anew for each process: with norandmaps a program starts in 0.4 of the time.
readonly VM_KERNEL_LINE='console=ttyS0 panic=-1 quiet norandmaps mitigations=off audit=0
random.trust_cpu=on no_timer_check tsc=reliable init_on_alloc=0'
# What TCG emulates quickly: x86-64-v2. With all that it knows, the kernel copies and clears by string
# instructions, byte by byte, and saves registers that nobody uses: a quarter more time.
readonly VM_TCG_CPU=qemu64,+cx16,+popcnt,+ssse3,+sse4.1,+sse4.2,+rdrand

# ---- the accelerator ----

# Where it is remembered that KVM does not work: for this boot of the host.
vm_kvm_mark() {
    local boot=''

    read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || true
    say "$VM_CACHE/no-kvm-$boot"
}

vm_accelerator() {
    if [[ -n ${VM_ACCEL:-} ]]; then
        say "$VM_ACCEL"
    elif [[ -r /dev/kvm && -w /dev/kvm && ! -e $(vm_kvm_mark) ]]; then
        say kvm
    else
        say tcg
    fi
}

# ---- the command line ----

# vm_qemu_line DIRECTORY ACCELERATOR OUTPUT: fills VM_QEMU_LINE. The virtio-serial device comes first:
# its ports are named after its number.
vm_qemu_line() {
    local dir=$1 accelerator=$2 output=$3 line memory image missing cpu=$VM_TCG_CPU

    image=$(<"$dir/image")
    memory=${VM_MEMORY:-$(jq -r .memory "$dir/kernel.json")}
    missing=$(jq -r '.missing | join(",")' "$dir/kernel.json")
    line="${VM_KERNEL_LINE//$'\n'/ } WAYPOST_ACCELERATOR=$accelerator${missing:+ WAYPOST_MAY_BE_MISSING=$missing}${VM_APPEND:+ $VM_APPEND}"
    [[ $accelerator == kvm ]] && cpu=host || accelerator=tcg,thread=multi
    # shellcheck disable=SC2054 # the commas are qemu's
    VM_QEMU_LINE=("$VM_QEMU" -machine q35 -accel "$accelerator" -cpu "$cpu" -smp 2 -m "$memory"
        -nodefaults -no-user-config -display none -no-reboot
        -kernel "$image" -initrd "$dir/initramfs" -append "$line"
        -chardev "file,id=console,path=$dir/console" -serial chardev:console
        -chardev file,id=status,path=/dev/fd/1,append=on -serial chardev:status
        -device virtio-serial-pci
        -chardev "file,id=output,path=$output,append=on" -device virtserialport,chardev=output,nr=1
        -chardev "file,id=files,path=$dir/files.tar" -device virtserialport,chardev=files,nr=2
        -chardev "file,id=live,path=$dir/live" -device virtserialport,chardev=live,nr=3
        -drive "file=$VM_CACHE/root.img,format=raw,if=none,id=root,readonly=on"
        -device virtio-blk-pci,drive=root
        -drive "file=${dir%/*}/work.img,format=raw,if=none,id=work,readonly=on"
        -device virtio-blk-pci,drive=work)
}

# ---- what is heard of it ----

# One line of the status port.
vm_heard() {
    local word=$1 rest=${2//[![:print:]]/?}

    case $word in
    init | ready | suite)
        VM_PHASE=$word
        printf '%s %s\n' "${EPOCHREALTIME/[.,]/}" "$word" >>"$VM_DIR/phases"
        ;;
    lacks) VM_LACKS=${VM_LACKS:-${rest:0:300}} ;;
    out-of-memory) VM_OUT_OF_MEMORY=$rest ;;
    exit) [[ ! $rest =~ ^[0-9]{1,3}$ ]] || VM_EXIT=$rest ;;
    esac
}

# The seconds that the machine has left, in $VM_LEFT; fails when there are none.
vm_time_left() {
    local -i now limit=$VM_RUN_LIMIT left

    jobs_now_us now
    [[ $VM_PHASE == ready || $VM_PHASE == suite ]] || limit=$VM_BOOT_NOW
    left=$((VM_STARTED + limit * 1000000 - now))
    ((left > 0)) || return 1
    printf -v VM_LEFT '%d.%06d' $((left / 1000000)) $((left % 1000000))
}

# Reads until qemu has ended; kills it when its time is over.
vm_listen() {
    local word rest

    while vm_time_left; do
        if read -r -t "$VM_LEFT" -u "$VM_STATUS" word rest; then
            vm_heard "$word" "$rest"
        elif (($? <= 128)); then
            return 0
        fi
    done
    VM_LATE=1
    kill -KILL "$VM_PID" 2>/dev/null || true
}

# vm_start DIRECTORY ACCELERATOR: one boot, until qemu has ended; fills the VM_… below.
vm_start() {
    local dir=$1 output=$1/output

    VM_PHASE=start VM_LACKS='' VM_OUT_OF_MEMORY='' VM_EXIT='' VM_LATE='' VM_CODE=0 VM_DIR=$dir
    rm -f "$dir"/{console,output,files.tar,live}
    if [[ -n ${VM_LIVE:-} ]]; then
        exec {VM_OUTPUT}> >(exec tee "$dir/output")
        output=/dev/fd/$VM_OUTPUT
    fi
    vm_qemu_line "$dir" "$2" "$output"
    jobs_now_us VM_STARTED
    exec {VM_STATUS}< <(exec setpriv --pdeathsig KILL "${VM_QEMU_LINE[@]}" 2>"$dir/qemu.err" </dev/null)
    VM_PID=$!
    vm_listen
    wait "$VM_PID" 2>/dev/null || VM_CODE=$?
    exec {VM_STATUS}<&-
    [[ -z ${VM_LIVE:-} ]] || exec {VM_OUTPUT}>&-
}

# ---- the verdict ----

# The last line of a file that says something.
vm_last_line() {
    local line='' last=''

    while IFS= read -r line || [[ -n $line ]]; do
        line=${line//[![:print:]]/}
        [[ -z $line ]] || last=$line
    done < <(tail -c 2000 "$1" 2>/dev/null)
    say "${last:0:200}"
}

# vm_console_has TEXT: prints the line of the console that has it.
vm_console_has() {
    local line

    line=$(grep -aE -m 1 "$1" "$VM_DIR/console" 2>/dev/null) || return
    line=${line//[![:print:]]/}
    say "${line:0:200}"
}

# What has come to pass, as "WORD SENTENCE".
vm_verdict() {
    local line

    if [[ -n $VM_LACKS ]]; then
        say "lacks $VM_LACKS"
    elif [[ -n $VM_OUT_OF_MEMORY ]]; then
        say "out-of-memory the kernel killed $VM_OUT_OF_MEMORY processes for want of memory"
    elif [[ -n $VM_EXIT ]]; then
        say "ended $VM_EXIT"
    elif line=$(vm_console_has 'Out of memory and no killable|System is deadlocked on memory'); then
        say "out-of-memory $line"
    elif line=$(vm_console_has 'Kernel panic'); then
        say "panicked $line"
    elif [[ -n $VM_LATE && $VM_PHASE != ready && $VM_PHASE != suite ]]; then
        say "hung not ready within $VM_BOOT_NOW s; last on the console: $(vm_last_line "$VM_DIR/console")"
    elif [[ -n $VM_LATE ]]; then
        say "late not done within $VM_RUN_LIMIT s; last: $(vm_last_line "$VM_DIR/output")"
    elif ((VM_CODE != 0)); then
        say "qemu-died with $VM_CODE: $(vm_last_line "$VM_DIR/qemu.err")"
    else
        say "silent it was switched off, and there is no exit code"
    fi
}

# vm_write_verdict ACCELERATOR SECONDS "WORD SENTENCE"
vm_write_verdict() {
    local word=${3%% *} detail=${3#* } code=null

    if [[ $word == ended ]]; then
        code=$detail
        # Of the suites: more than a test that failed.
        ((code <= 1)) && detail='' || detail="exit $code: $(vm_last_line "$VM_DIR/output")"
    fi
    jq -nc --arg verdict "$word" --arg detail "$detail" --arg accelerator "$1" --argjson seconds "$2" \
        --argjson code "$code" '$ARGS.named' >"$VM_DIR/verdict.json"
}

# What came line by line: "FILE \t LINE". A name has no slash in it.
vm_unpack_live() {
    awk -v dir="$1/results/" '{
        name = substr($0, 1, index($0, "\t") - 1)
        if (name ~ /^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
            print substr($0, length(name) + 2) >(dir name)
    }' "$1/live"
}

# The results, as a directory: of the archive that is made at the end, or what came until then. Names
# that would lead out of it are tar's to refuse.
vm_unpack() {
    [[ -s $1/files.tar || -s $1/live ]] || return 0
    mkdir -p "$1/results"
    if [[ ! -s $1/files.tar ]] ||
        ! tar -C "$1/results" --no-same-owner --no-same-permissions -xf "$1/files.tar" 2>"$1/tar.err"; then
        vm_unpack_live "$1"
    fi
    rm -f "$1"/{files.tar,live}
}

# vm_boot DIRECTORY: boots what was prepared there. With KVM that does not get it ready, once more
# without.
vm_boot() {
    local dir=$1 accelerator verdict start=$EPOCHSECONDS

    accelerator=$(vm_accelerator)
    VM_BOOT_NOW=$VM_BOOT_LIMIT
    [[ $accelerator != kvm || -n ${VM_ACCEL:-} ]] || VM_BOOT_NOW=$VM_KVM_LIMIT
    vm_start "$dir" "$accelerator"
    if [[ $accelerator == kvm && -z ${VM_ACCEL:-} && -z $VM_EXIT$VM_LACKS && $VM_PHASE =~ ^(start|init)$ ]]; then
        verdict=$(vm_verdict)
        say "KVM does not boot this kernel ($verdict): going on with TCG" >&2
        say "$verdict" >"$(vm_kvm_mark)" || true
        accelerator=tcg VM_BOOT_NOW=$VM_BOOT_LIMIT
        vm_start "$dir" "$accelerator"
    fi
    vm_unpack "$dir"
    verdict=$(vm_verdict)
    vm_write_verdict "$accelerator" $((EPOCHSECONDS - start)) "$verdict"
}
