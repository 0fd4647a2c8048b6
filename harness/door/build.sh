# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Building, as the person to whom the tree belongs. Sourced by run.sh.

# Seconds that a build waits for another one in its directory.
readonly BUILD_WAIT=${WAYPOST_BUILD_WAIT:-600}

# Fills BUILD_LINE with what a command is to begin with, so that it runs as $SUDO_USER where root was got by
# sudo and the tree is theirs, and ends when run.sh does. Its errors are said in the words that are looked for below.
build_line() {
    BUILD_LINE=(env LC_ALL=C.UTF-8 setpriv --pdeathsig KILL)
    if ((EUID == 0)) && [[ -n ${SUDO_UID:-} && $SUDO_UID != 0 ]] &&
        [[ $(stat -c %u "$ROOT") == "$SUDO_UID" ]]; then
        BUILD_LINE+=(--reuid="$SUDO_UID" --regid="${SUDO_GID:-$SUDO_UID}" --init-groups)
    fi
}

# Who holds the lock of the build directory, as common/lock.c finds it: "by process 4711 (flock)".
build_holder() {
    local -i device inode
    local id kind pid name=''

    read -r device inode < <(stat -c '%d %i' "$BUILD/.lock")
    printf -v id '%02x:%02x:%d' $((device >> 8 & 0xfff)) $((device & 0xff | device >> 12 & 0xfff00)) "$inode"
    # "1: FLOCK ADVISORY WRITE 4711 00:19:812 0 EOF"; who waits has "->" before FLOCK.
    while read -r _ kind _ _ pid name _; do
        [[ $kind == FLOCK && $name == "$id" ]] || continue
        name='which has ended, and left it to a child'
        read -r name 2>/dev/null <"/proc/$pid/comm" || true
        say "by process $pid ($name)"
        return
    done </proc/locks
    say "by a process that is not seen here"
}

# Fills BUILD_REMEDY with how to get more of what a line of the log says was short, as
# harness/common/shortage.c has it for what is built by then; fails when it says nothing of that.
build_find_remedy() {
    # shellcheck disable=SC2016 # for people
    case $1 in
    *': No space left on device') BUILD_REMEDY='free space (`df -h`) or inodes (`df -i`)' ;;
    *': Disk quota exceeded') BUILD_REMEDY='the quota of the user is used up: `quota -s`' ;;
    *': Read-only file system') BUILD_REMEDY='make it writable, or build elsewhere: `BUILD=DIR ./run.sh`' ;;
    *': Cannot fork' | *': Resource temporarily unavailable')
        BUILD_REMEDY='raise `ulimit -u`, or pids.max of the cgroup in /proc/self/cgroup'
        ;;
    *': Too many open files') BUILD_REMEDY='raise `ulimit -n`' ;;
    *': Too many open files in system') BUILD_REMEDY='raise `sysctl fs.file-max`' ;;
    *': Cannot allocate memory') BUILD_REMEDY='free memory, or raise the limit of the cgroup in /proc/self/cgroup' ;;
    *': Killed signal terminated program '* | *'] Killed')
        BUILD_REMEDY='if the kernel did that for memory (`dmesg`), free memory, or raise the limit of the cgroup'
        ;;
    *) return 1 ;;
    esac
}

# build_die_of_shortage LOG: when a line of it says what the machine was short of.
build_die_of_shortage() {
    local line
    local -a lines

    mapfile -t lines <"$1"
    for line in "${lines[@]}"; do
        build_find_remedy "$line" || continue
        rm -f "$1"
        die "$CODE_FAILED" "shortage: the build cannot go on: $line; $BUILD_REMEDY"
    done
}

# build_make_log DIR: the name of a new file there that has room for what a compiler says of a full disk.
build_make_log() {
    local log why

    mkdir -p "$1" && umask 077 && touch "$1/.lock" && log=$(mktemp -p "$1" .log.XXXXXX) || return
    why=$(fallocate -n -l 65536 "$log" 2>&1) || [[ $why != *': No space '* ]] || {
        printf '%s\n' "$why"
        rm -f "$log"
        return 1
    }
    printf '%s\n' "$log"
}

# build_open_log: fills BUILD_LOG.
build_open_log() {
    BUILD_LOG=$("${BUILD_LINE[@]}" "$BASH" -c "$(declare -f build_make_log); build_make_log \"\$0\"" "$BUILD" 2>&1) && {
        BUILD_LOG=${BUILD_LOG##*$'\n'} # bash has said before that a fork had to be tried again
        return
    }
    ! build_find_remedy "$BUILD_LOG" ||
        die "$CODE_FAILED" "shortage: nothing can be built in '$BUILD': ${BUILD_LOG##*: }; $BUILD_REMEDY"
    die "$CODE_FAILED" "nothing can be built in '$BUILD': ${BUILD_LOG##*: }"
}

# build_failed STATUS LOG
build_failed() {
    (($1 != 75)) || die "$CODE_FAILED" \
        "'$BUILD/.lock' has been locked for over $BUILD_WAIT s $(build_holder): wait for it, or end it"
    build_die_of_shortage "$2"
    grep -vE '^  [A-Z]+ +[^ ]+$' "$2" >&2 || true
    rm -f "$2"
    die "$CODE_FAILED" "the build failed"
}

# build TARGET...: one line when something was built, none when nothing was to be done. Two builds in one
# directory wait for each other; a failure shows what the compiler said, without "  CC  file".
build() {
    local start=$EPOCHREALTIME
    local -i ms status=0

    [[ -z ${WAYPOST_VM:-} ]] || return 0 # a virtual machine, which has no compiler
    build_line
    # Where nothing is to be done nobody needs to write.
    [[ ! -d $BUILD || -w $BUILD ]] || ! make "BUILD=$BUILD" "$@" >/dev/null 2>&1 || return 0
    build_open_log
    watch building "$BUILD_LOG" "${BUILD_LINE[@]}" flock -E 75 -w "$BUILD_WAIT" "$BUILD/.lock" \
        make -j"$(nproc 2>/dev/null || say 1)" "BUILD=$BUILD" "$@" || status=$?
    ((status == 0)) || build_failed "$status" "$BUILD_LOG"
    ms=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 1000))
    if [[ -s $BUILD_LOG ]]; then
        printf 'built waypost and its programs in %d.%d s\n' $((ms / 1000)) $((ms % 1000 / 100))
    fi
    rm -f "$BUILD_LOG"
}
