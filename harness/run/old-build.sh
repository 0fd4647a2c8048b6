# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Building, as the person to whom the tree belongs. Sourced by run.sh.

# Runs a command as $SUDO_USER where root was got by sudo and the tree is theirs, else as it is.
build_as_owner() {
    if ((EUID == 0)) && [[ -n ${SUDO_UID:-} && $SUDO_UID != 0 ]] &&
        [[ $(stat -c %u "$ROOT") == "$SUDO_UID" ]]; then
        setpriv --reuid="$SUDO_UID" --regid="${SUDO_GID:-$SUDO_UID}" --init-groups "$@"
    else
        "$@"
    fi
}

# Passes on what the compilers said, without make's "  CC  file".
build_without_progress() {
    grep -vE '^  [A-Z]+ +[^ ]+$' || true
}

build_cores() {
    nproc 2>/dev/null || echo 1
}

# build_make LOG ARGUMENT...: make, quietly; a failure shows what the compiler said.
build_make() {
    local log=$1
    shift
    build_as_owner make -j"$(build_cores)" "BUILD=$BUILD" "$@" >"$log" 2>&1 && return
    build_without_progress <"$log" >&2
    return 1
}

# One line when something was built, none when nothing was to be done.
build_all() {
    local log start=$EPOCHREALTIME
    local -i ms

    # In a virtual machine, which has no compiler.
    [[ -z ${WAYPOST_VM:-} ]] || return 0
    log=$(mktemp)
    build_make "$log" all || die "$CODE_FAILED" "the build failed"
    ms=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 1000))
    if [[ -s $log ]]; then
        printf 'built waypost and its programs in %d.%d s\n' $((ms / 1000)) $((ms % 1000 / 100))
    fi
    rm -f "$log"
}
