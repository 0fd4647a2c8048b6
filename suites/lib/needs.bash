# SPDX-License-Identifier: Apache-2.0
# What a test needs and the machine, or the programs under test, have not got: it is skipped with that
# reason, and counted. Part of the vocabulary (waypost.bash).

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # output is what waypost() printed, flow_limit is for flow()

# --- the machine -------------------------------------------------------------------------------

# require PROBE: skips the test where the machine has not got it, with the probe's own reason.
_require() {
    local why status=0
    why=$("$WAYPOST" doctor --probe "$1" 2>&1 3>&-) || status=$?
    [[ $status -le 1 ]] || die "waypost doctor --probe $1: exit $status: $why"
    [[ $status -eq 0 ]] || skip "$why"
}

# --- the programs ------------------------------------------------------------------------------

# A lab goes on without programs that are missing or refused; 020-load.bats says which. The helpers
# know what they need: a flow the connect hook of its family and sockops_prog, a TLV sendmsg_prog too.
# Mostly a test need not say more.

# lab_absent LAB: remembers what it lacks, in lines as of `waypost show LAB --absent`.
lab_absent() {
    waypost show "$1" --absent
    export ABSENT=$output
}

# program_absent NAME: in $why, "missing: …" or "refused: …" with all that is known about it.
program_absent() {
    local rest=$'\n'${ABSENT:-}
    [[ $rest == *$'\n'"$1 "* ]] || return 1
    why=${rest#*$'\n'"$1 "}
    # The next program's line: all others begin with a blank.
    [[ ! $why =~ $'\n'[^\ ] ]] || why=${why%%"${BASH_REMATCH[0]}"*}
}

# require_program NAME…: skips the test where the lab is without one of them.
_require_program() {
    local name why
    [[ -n ${ABSENT:-} ]] || return 0
    for name; do
        ! program_absent "$name" || skip "$name is ${why%%$'\n'*}"
    done
}

# require_layout MAP…: skips the test where a map is of an older layout, which has no room for all that
# the contract's has: no priorities, and no policies that go by them.
_require_layout() {
    local name why
    [[ -n ${ABSENT:-} ]] || return 0
    for name; do
        ! program_absent "$name" || skip "$name is ${why/older: it has/older:}"
    done
}

# require_setting NAME…: skips the test where the programs have it in a map, as older ones do: it is off
# there, and nobody writes it.
_require_setting() {
    local name
    [[ -n ${ABSENT:-} ]] || return 0
    output=$("$WAYPOST" set "$LAB" 2>/dev/null 3>&-) || output=
    for name; do
        [[ $'\n'$output != *$'\n'"$name "* ]] || continue
        # Why is said to whoever sets it.
        output=$("$WAYPOST" set "$LAB" "$name=1" 2>&1 3>&-) || true
        [[ $output != *'in a map'* ]] || skip "${output#waypost: }"
    done
}

# expect_program NAME: the kernel took it. What the objects do not have is skipped.
_expect_program() {
    local why
    if program_absent "$1"; then
        [[ $why == refused:* ]] || _require_program "$1"
        die "${why#refused: }"
    fi
    waypost show "$LAB"
    [[ $output == *[[:blank:]]"$1("* ]] || die "$1 is not attached: $output"
}

# need_connect FAMILY: what sees its connects, and what manages the pods for it: the connect hook, and
# sockops_prog, which first knows a pod's address.
need_connect() {
    case $1 in
        v4) _require_program cgroup_connect4_prog sockops_prog ;;
        v6) _require_program cgroup_connect6_prog sockops_prog ;;
        *) _require_program cgroup_connect4_prog cgroup_connect6_prog sockops_prog ;;
    esac
}

need_tlv() {
    _require_program sockops_prog sendmsg_prog
}

# need_map NAME [KEY VALUE]: those that fill it, or go by it; and the fields that are written.
need_map() {
    [[ "$*" != *'"priority"'* && "$*" != *'"counts"'* ]] || _require_layout "$1"
    case $1 in
        km_manage) need_connect mapped ;;
        km_socket) need_tlv ;;
        km_auth_req) _require_program sockops_prog ;;
        km_tcp_probe) _require_program sockops_prog && _require_setting enable_monitoring ;;
        km_frontend | km_service | km_endpoint | km_backend) need_connect "$WAYPOST_FAMILY" ;;
    esac
}

# need_flow ARGUMENT…: of `flow`. In $flow_limit an option for it: where nobody can write a TLV nobody is
# to wait for one; and where a flow of this file has waited to its end for what never came, the next
# ones wait for less.
need_flow() {
    local family=$WAYPOST_FAMILY arguments="$*" why
    flow_limit=()
    [[ $arguments == *' --deadline '* || ! -e $BATS_FILE_TMPDIR/waited ]] || flow_limit=(--deadline 500)
    [[ -n ${ABSENT:-} ]] || return 0
    [[ $arguments != *--family* ]] || { family=${arguments#*--family?} && family=${family%% *}; }
    need_connect "$family"
    [[ " $* " != *' --deadline '* ]] || return 0
    ! program_absent sockops_prog && ! program_absent sendmsg_prog || flow_limit=(--deadline 500)
}
