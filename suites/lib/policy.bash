# SPDX-License-Identifier: Apache-2.0
# Words of the suites about policies: a policy in the form in which `waypost map` prints it, the
# workloads that are under it, and tables of packets with the verdict on each.

# shellcheck shell=bash
# shellcheck disable=SC2034 # what words set is for the tests

policies_setup() {
    table='' FROM_PORT=4000
    lab_reset
    require_program xdp_authz policies_check policy_check
    require_layout km_authz_policy
    require_setting authz_offload
}

# allow ID MATCH…, deny ID MATCH…: a policy that matches if one of the matches does. Each becomes a rule
# of one clause.
allow() { policy_of ALLOW "$@"; }
deny() { policy_of DENY "$@"; }

policy_of() {
    local action=$1 id=$2 rules='' match
    shift 2
    for match; do
        rules+=",{\"clauses\": [{\"matches\": [$match]}]}"
    done
    policy_rules "$action" "$id" "[${rules#,}]"
}

# policy_rules ALLOW|DENY ID RULES [FIELDS]: the rules as JSON; null is a part that is not there. Without
# FIELDS it has a name, as what a control plane writes: not every datapath judges by a policy that has none.
policy_rules() {
    local fields=${4-'"name": "p"'}
    map_set km_authz_policy "{\"id\": $2}" "{\"action\": \"$1\", \"rules\": $3${fields:+, $fields}}"
}

# under POD ID…: the policies of its workload, in the order of the slots; 0 is none.
under() {
    local pod=$1 ids
    shift
    printf -v ids ', %s' "$@"
    map_set km_wlpolicy "{\"uid\": \"$pod\"}" "{\"policies\": [${ids#, }]}"
}

# by_family V4 V6: the one for the test's family, in $by_family.
by_family() {
    by_family=$1
    [[ $WAYPOST_FAMILY != v6 ]] || by_family=$2
}

# ports FIRST LAST: "FIRST, …, LAST", in $ports.
ports() {
    local port
    ports=
    for ((port = $1; port <= $2; port++)); do
        ports+=", $port"
    done
    ports=${ports#, }
}

# expect_let_in TARGET:PORT [OPTION…], expect_kept_out TARGET:PORT [OPTION…]: a connection of `client`.
expect_let_in() {
    flow client "$@"
    expect_backend "$1"
}

expect_kept_out() {
    flow client "$@" --deadline 100
    expect_errno ETIMEDOUT connect
    expect_seen "nothing was accepted" listener_pod ""
}

# --- tables --------------------------------------------------------------------------------------

# A table is filled by `let_in` and `keep_out`, and `judge POD` asks for all of it at once.
# let_in ADDRESS PORT [WORD…]: what opens a connection from there to that port of the pod. Each line has a
# source port of its own: a verdict that was kept of another line says nothing of this one.
let_in() { in_table pass "$@"; }
keep_out() { in_table drop "$@"; }

in_table() {
    local from=$2
    [[ $from != *:* ]] || from=[$from]
    table+="tcp syn from=$from:$((FROM_PORT++)) to=:$3 ${*:4} -> $1"$'\n'
}

judge() {
    expect_verdicts "$1" xdp_authz "$table"
    table=
}

# send POD: the same, with packets that `client` sends: they arrive whole, or are lost.
send() {
    table=${table//-> pass/-> arrived}
    expect_outcomes client "$1" "${table//-> drop/-> lost}"
    table=
}

# expect_nothing_kept: no entry of a connection stands in a map, whoever wrote it. Not every datapath has
# km_tcargs, and `waypost map` says so by its exit code.
expect_nothing_kept() {
    local code=0
    expect_count km_auth_res 0
    output=$("$WAYPOST" map "$LAB" count km_tcargs 2>&1 3>&-) || code=$?
    [[ $code -eq 2 || $output == 0 ]] || die "entries of km_tcargs" 0 "$output"
}
