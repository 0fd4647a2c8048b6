# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The two disks of a virtual machine, ext4 images that mke2fs fills without privileges: what the
# suites need of the host's root (kept, and made anew when one of its files has changed), and the
# repository with what was built. Sourced by run.sh.

# Commands that the suites, bats and run.sh call. A test that needs one more names it here.
readonly VM_COMMANDS='
[ awk basename bash bats bpftool cat chmod chown cmp comm cp curl cut date dd df diff dirname dmesg
dnsmasq echo env ethtool expr false find flock free getent grep gzip head hostname id install ip jq kill ln ls mkdir mkfifo
mknod mktemp mount mv nl nproc nsenter od paste pgrep prlimit printf ps pwd readlink realpath rm rmdir
sed seq setpriv setsid sh sha256sum shuf sleep socat sort split ss stat stty sync sysctl tac tail tar
taskset tc tee test timeout touch tput tr true truncate umount uname uniq unshare wc whoami xargs xxd zstd'
# Files and directories besides, where they are there.
readonly VM_FILES='/usr/lib/bats-core /usr/libexec/bats-core /usr/lib/bats /usr/lib/locale/C.utf8
/etc/passwd /etc/group /etc/hostname /etc/hosts /etc/nsswitch.conf /etc/protocols /etc/services /lib/terminfo/d/dumb'

# ---- the root ----

# Where the commands are, those that are there.
vm_image_commands() {
    # shellcheck disable=SC2086 # words
    type -P $VM_COMMANDS || true
}

# Prints the commands' files and the libraries that they and waypost need.
vm_image_files() {
    local path
    local -a paths

    mapfile -t paths < <(vm_image_commands)
    suite_lines "${paths[@]}"
    { LC_ALL=C ldd "${paths[@]}" "$WAYPOST" 2>/dev/null || true; } |
        awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $1 !~ /:$/ { print $1 }' | sort -u
    for path in $VM_FILES; do
        [[ ! -e $path ]] || find "$path" -type f
    done
}

# What tells whether a file has changed.
vm_image_manifest() {
    vm_image_commands
    say "$VM_FILES"
    xargs -d '\n' stat -L -c '%n %s %Y' 2>/dev/null
}

# A tree as the host's, its merged directories too; each file as what it leads to.
vm_image_copy() {
    local dir=$1 path to

    mkdir -p "$dir"/usr/{bin,sbin,lib,lib64} "$dir"/{etc,dev,proc,sys,run,tmp,waypost,root,var}
    ln -s usr/bin usr/sbin usr/lib usr/lib64 "$dir"
    while IFS= read -r path; do
        to=$dir$path
        mkdir -p "${to%/*}"
        cp -L "$path" "$to" || return
    done
    ln -s /run "$dir/var/run"
}

# vm_image_make DIRECTORY FILE: with room for a quarter more.
vm_image_make() {
    local -i size

    size=$(du -sk --apparent-size "$1" | cut -f 1)
    PATH=$PATH:/usr/sbin:/sbin mke2fs -q -t ext4 -O ^has_journal -m 0 -i 8192 -d "$1" "$2" \
        $((size + size / 4 + 8192))k >"$2.log" 2>&1 ||
        die "$CODE_FAILED" "cannot make the image $2: $(tail -n 1 "$2.log")"
    rm -f "$2.log"
}

vm_image_root_is_current() {
    [[ -e $VM_CACHE/root.img && -e $VM_CACHE/root.files ]] &&
        vm_image_manifest <"$VM_CACHE/root.files" | cmp -s - "$VM_CACHE/root.manifest"
}

# Makes $VM_CACHE/root.img unless it is current. Machines that run keep the file that they opened.
vm_image_root() {
    local new lock

    mkdir -p "$VM_CACHE"
    exec {lock}>"$VM_CACHE/lock"
    flock "$lock"
    if ! vm_image_root_is_current; then
        new=$(mktemp -d "$VM_CACHE/new.XXXXXX")
        vm_image_files >"$new/files"
        vm_image_copy "$new/root" <"$new/files" || die "$CODE_FAILED" "cannot copy the files of the root"
        vm_image_make "$new/root" "$new/root.img"
        rm -f "$VM_CACHE/root.manifest"
        mv "$new/root.img" "$VM_CACHE/root.img"
        mv "$new/files" "$VM_CACHE/root.files"
        vm_image_manifest <"$VM_CACHE/root.files" >"$VM_CACHE/root.manifest"
        rm -rf "$new"
    fi
    exec {lock}>&-
}

# ---- the repository ----

# vm_image_work FILE COMMAND...: the repository, what was built, and the command.
vm_image_work() {
    local file=$1 dir word

    dir=$(mktemp -d)
    mkdir -p "$dir/harness/vm" "$dir/build" "$dir/.vm"
    cp -RL run.sh topologies "$dir"
    cp -RL "$SUITE_DIR" "$dir/suites"
    cp -RL harness/run harness/door "$dir/harness"
    cp -RL harness/vm/guest "$dir/harness/vm"
    cp -RL "$WAYPOST" "$BUILD/bpf" "$BUILD/planted" "$dir/build"
    # Linked only where the static libraries are.
    [[ ! -e $BUILD/waypost-capture ]] || cp "$BUILD/waypost-capture" "$dir/build"
    [[ ! -e $SUITE_DURATIONS ]] || cp "$SUITE_DURATIONS" "$dir/build"
    if [[ -n $SUITE_OBJECTS ]]; then
        # By its name, which the results carry.
        mkdir "$dir/.vm/objects"
        cp -RL "$SUITE_OBJECTS/." "$dir/.vm/objects/${SUITE_OBJECTS##*/}"
    fi
    [[ -z $SUITE_EXPECT ]] || cp -L "$SUITE_EXPECT" "$dir/.vm/expect.txt"
    {
        printf 'exec bash harness/vm/guest/run.sh'
        for word in "${@:2}"; do
            printf ' %q' "$word"
        done
        printf '\n'
    } >"$dir/.vm/command"
    vm_image_make "$dir" "$file"
    rm -rf "$dir"
}
