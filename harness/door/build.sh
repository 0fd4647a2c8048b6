# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Building, as the person to whom the tree belongs. Sourced by run.sh.

# Fills BUILD_LINE with what a command is to begin with, so that it runs as $SUDO_USER where root was got by
# sudo and the tree is theirs, and ends when run.sh does.
build_line() {
    BUILD_LINE=(setpriv --pdeathsig KILL)
    if ((EUID == 0)) && [[ -n ${SUDO_UID:-} && $SUDO_UID != 0 ]] &&
        [[ $(stat -c %u "$ROOT") == "$SUDO_UID" ]]; then
        BUILD_LINE+=(--reuid="$SUDO_UID" --regid="${SUDO_GID:-$SUDO_UID}" --init-groups)
    fi
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
    watch building "$log" "${BUILD_LINE[@]}" flock -w 600 "$BUILD/.lock" \
        make -j"$(nproc 2>/dev/null || say 1)" "BUILD=$BUILD" "$@" || status=$?
    if ((status != 0)); then
        grep -vE '^  [A-Z]+ +[^ ]+$' "$log" >&2 || true
        rm -f "$log"
        die "$CODE_FAILED" "the build failed (or another one has held '$BUILD/.lock' for 600 s)"
    fi
    ms=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 1000))
    if [[ -s $log ]]; then
        printf 'built waypost and its programs in %d.%d s\n' $((ms / 1000)) $((ms % 1000 / 100))
    fi
    rm -f "$log"
}
