# SPDX-License-Identifier: Apache-2.0
# The values at which a byte or a word is zero, or at its end; `load lib/edges` after lib/waypost. The rows are
# driven over all of them, and topologies/edges.yaml has a service, pod or waypoint for each.

# shellcheck shell=bash
# shellcheck disable=SC2034 # for the tests

# Either byte zero, either at its end, in either order: 256 and 65280 the wrong way round are 1 and 255.
EDGE_PORTS=(1 255 256 65280 65535)
# Of services and backends; 0 is the DNS proxy's.
EDGE_IDS=(255 256 65536 4294967295)
# Endpoints of one priority.
EDGE_COUNTS=(1 2 10 255 256 300)
# Where an address has zeros: the first byte or word, and so on; in `ends` it is both in the middle, in `tail` the last
# (topologies/edges.yaml).
EDGE_ADDRESSES=(second third fourth ends tail)
