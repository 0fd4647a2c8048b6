# SPDX-License-Identifier: Apache-2.0
# Words for the marks of packets; `load lib/marks` after lib/waypost.

# shellcheck shell=bash
# shellcheck disable=SC2154 # output is the vocabulary's

# set_mark NODE FROM MARK: on what comes to the node from that pod or node, before the programs see it.
set_mark() {
    ask lab_changed
    waypost marks "$LAB" set "$@"
}

forget_marks() { waypost marks "$LAB" forget; }

# expect_mark NODE TO PROTOCOL MARK: every packet that left by that interface had it, and there were some.
expect_mark() {
    waypost marks "$LAB" seen "$1" "$2" "$3"
    expect_match "the marks of $3 from $1 to $2" "{\"$4\":+([0-9])}" "$output"
}

# expect_filters NODE FROM N
expect_filters() {
    waypost marks "$LAB" filters "$1" "$2"
    expect_equal "filters at the ingress of $1's interface to $2" "$3" "$output"
}

# xfrm_count NODE NAME: a counter of the node's xfrm, in $output.
xfrm_count() {
    # shellcheck disable=SC2016 # for awk
    exec_ok "$1" awk -v name="$2" '$1 == name {print $2}' /proc/net/xfrm_stat
}

# in_family IPV4 IPV6: the one of this run.
in_family() {
    [[ $WAYPOST_FAMILY == v6 ]] && printf '%s' "$2" || printf '%s' "$1"
}

# expect_esp_only NODE TO: ESP left by that interface, and neither TCP nor UDP.
expect_esp_only() {
    waypost marks "$LAB" seen "$1" "$2" tcp
    expect_equal "TCP packets from $1 to $2" "{}" "$output"
    waypost marks "$LAB" seen "$1" "$2" esp
    refute [ "$output" == "{}" ]
}
