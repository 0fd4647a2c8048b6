# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# `run.sh vm`: the suites, or any command, on other kernels, each in a virtual machine. No root.
# Sourced by run.sh.
#
#   run.sh vm ── run.sh __vm KERNEL'S-DIRECTORY ── qemu
#
# The results of a kernel are in results/RUN/KERNEL: kernel.json, image (a path), initramfs, console,
# output, verdict.json and results/.

VM_FILE=${WAYPOST_KERNELS:-kernels.yaml}
VM_NAMES='' VM_DRY='' VM_JUNIT='' VM_TAP='' VM_SIDE_BY_SIDE=''
VM_BOOT_LIMIT=60 VM_RUN_LIMIT=1200
declare -a VM_COMMAND=() VM_DIRS=()

vm_help() {
    cat <<'EOF'
Usage: ./run.sh vm [OPTION...] [suite [ARGUMENT...] | verifier [ARGUMENT...] | doctor | exec COMMAND...]

Runs the suites (or what the verifier spends on each program, `waypost doctor`, or a command) on other
kernels, each in a virtual machine that sees a copy of what it needs of this one. No root is needed.

  --kernel NAME,NAME   kernels of kernels.yaml (all of them that need no root)
  --jobs N             so many side by side (as many as memory and cores allow)
  --accel kvm|tcg      only this; the default is KVM where it works, else TCG
  --memory MIB         of each machine, instead of what kernels.yaml says
  --boot-limit N       seconds until a machine must be ready (60)
  --run-limit N        seconds until it must be done (1200)
  --append TEXT        more for the kernel's command line
  --dry-run            print the qemu command, and end

Examples:
  ./run.sh vm --kernel 6.1 suite
  ./run.sh vm --kernel 6.1,6.12 suite 010 --junit junit.xml
  ./run.sh vm --kernel 6.1,6.12 verifier
  ./run.sh vm --kernel 6.12 doctor
  ./run.sh vm --kernel 6.1 exec uname -r
EOF
}

# ---- the command line ----

vm_take_option() {
    case $1 in
    --kernel) VM_NAMES=$2 ;;
    --jobs)
        suite_need_number "$1" "$2"
        VM_SIDE_BY_SIDE=$2
        ;;
    --accel)
        [[ $2 == kvm || $2 == tcg ]] || die "$CODE_MISTAKE" "--accel takes kvm or tcg, not '$2'"
        export VM_ACCEL=$2
        ;;
    --memory)
        suite_need_number "$1" "$2"
        export VM_MEMORY=$2
        ;;
    --boot-limit)
        suite_need_number "$1" "$2"
        VM_BOOT_LIMIT=$2
        ;;
    --run-limit)
        suite_need_number "$1" "$2"
        VM_RUN_LIMIT=$2
        ;;
    --append) export VM_APPEND=$2 ;;
    esac
}

# The command inside: its paths are those of the copies there (vm_image_work).
vm_take_suite() {
    local argument
    local -i skip=0

    suite_parse suite "$@"
    [[ -z $SUITE_ONLY_LIST ]] || die "$CODE_MISTAKE" "--list needs no virtual machine: ./run.sh suite --list"
    VM_JUNIT=$SUITE_JUNIT VM_TAP=$SUITE_TAP
    for argument in "${SUITE_ARGUMENTS[@]}"; do
        case $argument in
        --junit | --tap) skip=1 ;;
        --objects) VM_COMMAND+=(--objects "/waypost/.vm/objects/${SUITE_OBJECTS##*/}") && skip=1 ;;
        --expect) VM_COMMAND+=(--expect /waypost/.vm/expect.txt) && skip=1 ;;
        *) ((skip-- > 0)) || { skip=0 && VM_COMMAND+=("$argument"); } ;;
        esac
    done
}

vm_parse() {
    local options='kernel|jobs|accel|memory|boot-limit|run-limit|append'

    while [[ ${1:-} == -* ]]; do
        [[ ! $1 =~ ^--($options)= ]] || set -- "${1%%=*}" "${1#*=}" "${@:2}"
        if [[ $1 =~ ^--($options)$ ]]; then
            [[ -n ${2:-} ]] || die "$CODE_MISTAKE" "option '$1' needs a value; see ./run.sh vm --help"
            vm_take_option "$1" "$2"
            shift
        elif [[ $1 == --dry-run ]]; then
            VM_DRY=1
        elif [[ $1 == --help || $1 == -h ]]; then
            vm_help
            exit 0
        else
            die "$CODE_MISTAKE" "'vm' does not take '$1'; see ./run.sh vm --help"
        fi
        shift
    done
    VM_COMMAND=("${1:-suite}")
    case ${1:-suite} in
    suite) vm_take_suite "${@:2}" ;;
    verifier)
        verifier_parse "${@:2}"
        SUITE_OBJECTS=$VERIFIER_OBJECTS
        [[ -z $SUITE_OBJECTS ]] || VM_COMMAND+=(--objects "/waypost/.vm/objects/${SUITE_OBJECTS##*/}")
        ;;
    doctor | exec)
        [[ $1 == doctor || -n ${2:-} ]] || die "$CODE_MISTAKE" "'vm exec' needs a command"
        VM_COMMAND+=("${@:2}")
        ;;
    *) die "$CODE_MISTAKE" "'vm' runs suite, verifier, doctor or exec, not '$1'; see ./run.sh vm --help" ;;
    esac
}

# ---- preparing ----

# vm_prepare_kernel NAME: its directory, with what a boot needs. The host's own kernel needs nothing.
vm_prepare_kernel() {
    local dir=$VM_RESULTS/$1 package image modules load kept
    local -a modules_to_load

    # One line for each, for a field may have blanks in it.
    {
        read -r package && read -r image && read -r modules && read -r load
    } < <(jq -r '.package // "", .image // "", .modules // "", (.load | join(" "))' "$dir/kernel.json")
    read -r -a modules_to_load <<<"$load"
    if [[ -n $package ]]; then
        kept=$(vm_kernel_package "$package") || exit
        image=$kept/image modules=$kept/modules
    fi
    [[ -n $image ]] || return 0
    [[ $image == /* || $VM_FILE != */* ]] || image=${VM_FILE%/*}/$image
    [[ -r $image ]] || die "$CODE_FAILED" "kernel '$1': cannot read $image"
    say "$image" >"$dir/image"
    vm_initramfs "${modules:-/nowhere}" "$dir/initramfs" "${modules_to_load[@]}"
}

vm_is_host() {
    [[ ! -e $1/image ]]
}

# Fills VM_DIRS, in the order of --kernel.
vm_prepare() {
    local line name kernels

    kernels=$("$WAYPOST" kernels "$VM_FILE" ${VM_NAMES:+"$VM_NAMES"}) || exit
    while IFS= read -r line; do
        name=$(jq -r .name <<<"$line")
        # Without --kernel all that need no more than was given.
        [[ -n $VM_NAMES || $(jq -r '.host // false' <<<"$line") != true ]] || continue
        mkdir "$VM_RESULTS/$name"
        say "$line" >"$VM_RESULTS/$name/kernel.json"
        vm_prepare_kernel "$name"
        VM_DIRS+=("$VM_RESULTS/$name")
        if vm_is_host "$VM_RESULTS/$name"; then
            [[ ${VM_COMMAND[0]} == suite ]] || die "$CODE_MISTAKE" "on the host's own kernel only 'suite' can be run"
            need_root "vm --kernel $name"
        fi
    done <<<"$kernels"
    vm_image_root
    vm_image_work "$VM_RESULTS/work.img" "${VM_COMMAND[@]}"
}

# As many as the memory allows, and one for every two cores.
vm_side_by_side() {
    local _ available=0 key
    local -i need=$((${VM_MEMORY:-1536} + 256)) n cores

    while read -r key available _; do
        [[ $key != MemAvailable: ]] || break
    done </proc/meminfo
    cores=$((($(build_cores) + 1) / 2))
    n=$((available / 1024 / need))
    say $((n < 1 ? 1 : n < cores ? n : cores))
}

# ---- running ----

# What is started for a kernel, in a process of its own: run.sh __vm DIRECTORY BOOT-LIMIT RUN-LIMIT.
vm_inside() {
    VM_BOOT_LIMIT=$2 VM_RUN_LIMIT=$3
    vm_boot "$1"
}

# The suites on the kernel that is running; what they leave is brought into the same form.
vm_host_suite() {
    local dir=$1 status=0 start=$EPOCHSECONDS

    WAYPOST_RESULTS_INTO=$dir/results "$BASH" "$ROOT/run.sh" suite "${SUITE_ARGUMENTS[@]}" \
        >"$dir/output" 2>&1 </dev/null || status=$?
    VM_DIR=$dir vm_write_verdict host $((EPOCHSECONDS - start)) "ended $status"
}

vm_start_kernel() {
    local dir=$1

    if vm_is_host "$dir"; then
        vm_host_suite "$dir" &
    else
        setpriv --pdeathsig KILL "$BASH" "$ROOT/harness/run/old.sh" __vm "$dir" "$VM_BOOT_LIMIT" "$VM_RUN_LIMIT" &
    fi
}

# One line for a kernel that has ended, as soon as it has.
vm_say_end() {
    local dir=$1

    [[ -e $dir/verdict.json ]] ||
        VM_DIR=$dir vm_write_verdict none 0 "qemu-died there is no verdict"
    ((${#VM_DIRS[@]} == 1)) ||
        jq -r --arg name "${dir##*/}" '"\($name): \(.verdict) after \(.seconds) s (\(.accelerator)) \(.detail)"' \
            "$dir/verdict.json"
}

vm_run_all() {
    local dir pid
    local -A running=()
    local -i side=${VM_SIDE_BY_SIDE:-$(vm_side_by_side)}

    ((${#VM_DIRS[@]} > 1)) || export VM_LIVE=1
    for dir in "${VM_DIRS[@]}" ''; do
        while ((${#running[@]} >= side || (${#running[@]} > 0 && ${#dir} == 0))); do
            wait -n -p pid "${!running[@]}" || true
            vm_say_end "${running[$pid]}"
            unset "running[$pid]"
        done
        [[ -n $dir ]] || break
        vm_start_kernel "$dir"
        running[$!]=$dir
    done
}

# ---- reporting ----

# vm_file FILE KERNEL: of several kernels each has a file of its own.
vm_file() {
    local file=$1

    ((${#VM_DIRS[@]} == 1)) || file=${file%.*}-$2.${file##*.}
    say "$file"
}

# What --junit and --tap ask for.
vm_write_files() {
    local dir
    local -a options

    for dir in "${VM_DIRS[@]}"; do
        options=()
        [[ -z $VM_JUNIT ]] || options+=(--junit "$(vm_file "$VM_JUNIT" "${dir##*/}")")
        [[ -z $VM_TAP ]] || options+=(--tap "$(vm_file "$VM_TAP" "${dir##*/}")")
        [[ ! -e $dir/results/plan ]] || ((${#options[@]} == 0)) ||
            "$WAYPOST" report "$dir/results" ${SUITE_EXPECT:+--expect "$SUITE_EXPECT"} "${options[@]}" >/dev/null || true
    done
}

# What failed, where the output does not say it: of several kernels, and of one that came to no end.
vm_say_failures() {
    local dir

    for dir in "${VM_DIRS[@]}"; do
        [[ -e $dir/results/plan ]] || continue
        ((${#VM_DIRS[@]} > 1)) || [[ $(jq -r .verdict "$dir/verdict.json") != ended ]] || continue
        "$WAYPOST" report "$dir/results" ${SUITE_EXPECT:+--expect "$SUITE_EXPECT"} >"$dir/summary" ||
            say "== ${dir##*/}" && sed '$d' "$dir/summary"
    done
}

# Why a kernel has no result, or no exit code.
vm_say_verdict() {
    jq -r --arg name "${1##*/}" '"kernel \($name): \(.verdict): \(.detail)"' "$1/verdict.json" >&2
}

# What the verifiers spent, all kernels in one table.
vm_report_verifier() {
    local dir status=0
    local -a files=()

    for dir in "${VM_DIRS[@]}"; do
        if [[ $(jq -r .code "$dir/verdict.json") == 0 && -s $dir/results/verifier.json ]]; then
            files+=("$dir/results/verifier.json")
        else
            vm_say_verdict "$dir"
            status=$CODE_FAILED
        fi
    done
    ((${#files[@]} == 0)) || verifier_judge "${files[@]}" || status=$?
    [[ -z $VERIFIER_WRITE ]] || ((status != 0)) || say "docs/verifier.md has the figures"
    return "$status"
}

# Of a command that is not the suites: its exit code, or why there is none.
vm_report_command() {
    local dir code=0 one

    for dir in "${VM_DIRS[@]}"; do
        ((${#VM_DIRS[@]} == 1)) || sed "s/^/${dir##*/}: /" "$dir/output"
        one=$(jq -r '.code // "none"' "$dir/verdict.json")
        if [[ $one == none ]]; then
            vm_say_verdict "$dir"
            one=$CODE_FAILED
        fi
        ((one <= code)) || code=$one
    done
    return "$code"
}

vm_report() {
    local status=0

    case ${VM_COMMAND[0]} in
    suite) ;;
    verifier)
        vm_report_verifier
        return
        ;;
    *)
        vm_report_command
        return
        ;;
    esac
    vm_write_files
    vm_say_failures
    "$WAYPOST" matrix ${SUITE_OBJECTS:+--objects} "${VM_DIRS[@]}" || status=$?
    return "$status"
}

# The results stay when something failed; the images never.
vm_close() {
    rm -f "$VM_RESULTS"/work.img "$VM_RESULTS"/*/{initramfs,image}
    if (($1 == 0)) && [[ -z $SUITE_KEEP ]]; then
        rm -rf "$VM_RESULTS"
        rmdir results 2>/dev/null || true
    else
        say "the consoles and the results are in ${VM_RESULTS#"$ROOT"/}" >&2
        ((EUID != 0)) || chown -R --reference="$ROOT" results
    fi
}

vm_dry_run() {
    local dir

    for dir in "${VM_DIRS[@]}"; do
        vm_is_host "$dir" && continue
        vm_qemu_line "$dir" "$(vm_accelerator)" "$dir/output"
        say "${VM_QEMU_LINE[*]@Q}"
    done
}

vm_main() {
    local status=0 now

    vm_parse "$@"
    # Within a test of bats': that puts its own insides in front of the path.
    [[ -z ${BATS_LIBEXEC:-} ]] || PATH=${PATH//"$BATS_LIBEXEC:"/}
    setup_need vm
    build_all
    build_make "$BUILD/vm.log" vm-guest || die "$CODE_FAILED" "the build failed"
    printf -v now '%(%Y%m%d-%H%M%S)T' -1
    VM_RESULTS=$ROOT/results/vm-$now-$$
    mkdir -p "$VM_RESULTS" || die "$CODE_FAILED" "cannot write to $ROOT/results"
    trap 'rm -rf "$VM_RESULTS"' EXIT
    vm_prepare
    if [[ -n $VM_DRY ]]; then
        vm_dry_run
        return
    fi
    vm_run_all
    trap - EXIT
    vm_report || status=$?
    vm_close "$status"
    return "$status"
}
