# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Answers: a waypoint flow's socket is readable from 16 bytes on, the size of a TLV.
# file: sockops.bpf.c
# object: sockops
# suite: 610
# caught by: AP-2 poll
s/^    storage->connect_success = 1;/&\n    if (storage->via_waypoint) {\n        int bytes = 16;\n\n        bpf_setsockopt(ops, SOL_SOCKET, 18 \/* SO_RCVLOWAT *\/, \&bytes, sizeof(bytes));\n    }/
