# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Building, as the person to whom the tree belongs. Sourced by run.sh.

# Runs a command as $SUDO_USER where root was got by sudo and the tree is theirs, else as it is. It ends
# when run.sh does.
build_as_owner() {
    local -a line=(setpriv --pdeathsig KILL)

    if ((EUID == 0)) && [[ -n ${SUDO_UID:-} && $SUDO_UID != 0 ]] &&
        [[ $(stat -c %u "$ROOT") == "$SUDO_UID" ]]; then
        line+=(--reuid="$SUDO_UID" --regid="${SUDO_GID:-$SUDO_UID}" --init-groups)
    fi
    "${line[@]}" "$@"
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
    [[ -d $BUILD ]] || build_as_owner mkdir -p "$BUILD"
    watch building "$log" build_as_owner flock "$BUILD" make -j"$cores" "BUILD=$BUILD" "$@" || status=$?
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
