# SPDX-License-Identifier: Apache-2.0
# A test that failed leaves a bundle of its lab, as `waypost capture` makes them: the maps as they
# were then, and the flow that it made last. Part of the vocabulary (waypost.bash).
#
# The runner says where ($WAYPOST_RESULTS); by hand there are none.

# shellcheck shell=bash

# The client of the last flow, and of every socket the destinations that it has connected to.
declare -g FLOW_FROM='' FLOW_TO=''
declare -gA FLOW_SOCKETS=()

# flow_remember POD TARGET [OPTION…]: after a flow; ${OBS[asked]} is where it went, nothing when a
# kept socket went on.
flow_remember() {
    local socket=
    [[ -n ${OBS[asked]:-} ]] || return 0
    FLOW_FROM=$1 FLOW_TO=${OBS[asked]}
    [[ "$*" == *' --socket '* ]] || return 0
    socket="$* " socket=${socket#* --socket } socket=${socket%% *}
    FLOW_SOCKETS[$socket]+=${FLOW_SOCKETS[$socket]:+,}$FLOW_TO
    FLOW_TO=${FLOW_SOCKETS[$socket]}
}

# bundle_of_failure: in teardown. What cannot be captured (there is no lab any more) leaves none.
_bundle_of_failure() {
    local root=${BASH_SOURCE[0]%/suites/lib/*} path flow=()
    [[ -z ${BATS_TEST_COMPLETED:-} && -z ${BATS_TEST_SKIPPED:-} ]] || return 0
    [[ -n ${LAB:-} && -n ${WAYPOST_RESULTS:-} ]] || return 0
    path=$WAYPOST_RESULTS/bundles
    [[ $path == /* ]] || path=$root/$path
    mkdir -p "$path" || return 0
    path+=/${BATS_TEST_FILENAME##*/}
    path=${path%.bats}-$BATS_TEST_NUMBER-$WAYPOST_FAMILY.tar.zst
    [[ -z $FLOW_FROM ]] || flow=(--flow "$FLOW_FROM" "$FLOW_TO")
    timeout -k 1 10 "$WAYPOST" capture --lab "$LAB" -o "$path" "${flow[@]}" >/dev/null 2>&1 3>&- \
        </dev/null || return 0
    printf '  bundle: sudo ./run.sh repro %s%s\n' "${path#"$root"/}" \
        "${WAYPOST_OBJECTS_DIR:+ --objects $WAYPOST_OBJECTS_DIR}" >&2
}
