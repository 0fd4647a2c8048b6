# SPDX-License-Identifier: Apache-2.0
# What is in the records of connections: requests for authorization, and reports.

# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests

# How records call this run's family: IPv4-mapped is IPv4.
RECORD_FAMILY=v4
[[ $WAYPOST_FAMILY != v6 ]] || RECORD_FAMILY=v6

expect_reports() { ask expect_reports "$@"; }
expect_asked() { ask expect_asked "$@"; }
expect_bytes() { ask expect_bytes "$@"; }
expect_times() { ask expect_times; }
