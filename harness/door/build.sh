# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Building, as the person to whom the tree belongs. Sourced by run.sh.

# Seconds that a build waits for another one in its directory.
readonly BUILD_WAIT=${WAYPOST_BUILD_WAIT:-600}

# Fills BUILD_LINE with what a command is to begin with, so that it runs as $SUDO_USER where root was got by
# sudo and the tree is theirs, and ends when run.sh does.
build_line() {
    BUILD_LINE=(setpriv --pdeathsig KILL)
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

# build TARGET...: one line when something was built, none when nothing was to be done. Two builds in one
# directory wait for each other; a failure shows what the compiler said, without "  CC  file".
build() {
    local log start=$EPOCHREALTIME
    local -i ms status=0

    [[ -z ${WAYPOST_VM:-} ]] || return 0 # a virtual machine, which has no compiler
    build_line
    # Where nothing is to be done nobody needs to write.
    [[ ! -d $BUILD || -w $BUILD ]] || ! make "BUILD=$BUILD" "$@" >/dev/null 2>&1 || return 0
    log=$("${BUILD_LINE[@]}" "$BASH" -c \
        "mkdir -p \"\$0\" && umask 077 && touch \"\$0/.lock\" && mktemp -p \"\$0\" .log.XXXXXX" "$BUILD" 2>&1) ||
        die "$CODE_FAILED" "nothing can be built in '$BUILD': ${log##*: }"
    watch building "$log" "${BUILD_LINE[@]}" flock -E 75 -w "$BUILD_WAIT" "$BUILD/.lock" \
        make -j"$(nproc 2>/dev/null || say 1)" "BUILD=$BUILD" "$@" || status=$?
    if ((status != 0)); then
        grep -vE '^  [A-Z]+ +[^ ]+$' "$log" >&2 || true
        rm -f "$log"
        ((status != 75)) || die "$CODE_FAILED" \
            "'$BUILD/.lock' has been locked for over $BUILD_WAIT s $(build_holder): wait for it, or end it"
        die "$CODE_FAILED" "the build failed"
    fi
    ms=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 1000))
    if [[ -s $log ]]; then
        printf 'built waypost and its programs in %d.%d s\n' $((ms / 1000)) $((ms % 1000 / 100))
    fi
    rm -f "$log"
}
