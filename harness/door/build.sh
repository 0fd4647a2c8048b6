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
# directory wait for each other. A failure shows what the compiler said, without make's "  CC  file".
build() {
    local log cores start=$EPOCHREALTIME
    local -i ms status=0

    # In a virtual machine, which has no compiler.
    [[ -z ${WAYPOST_VM:-} ]] || return 0
    log=$(mktemp)
    cores=$(nproc 2>/dev/null) || cores=1
    build_line
    [[ -d $BUILD ]] || "${BUILD_LINE[@]}" mkdir -p "$BUILD"
    watch building "$log" "${BUILD_LINE[@]}" flock "$BUILD" make -j"$cores" "BUILD=$BUILD" "$@" || status=$?
    if ((status != 0)); then
        grep -vE '^  [A-Z]+ +[^ ]+$' "$log" >&2 || true
        rm -f "$log"
        die "$CODE_FAILED" "the build failed"
    fi
    ms=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 1000))
    if [[ -s $log ]]; then
        printf 'built waypost and its programs in %d.%d s\n' $((ms / 1000)) $((ms % 1000 / 100))
    fi
    rm -f "$log"
}
