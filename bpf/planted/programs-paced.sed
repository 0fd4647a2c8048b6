# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs: what a waypoint flow sends is paced to 10,000 bytes a second, two segments and then a pause.
# file: sockops.bpf.c
# object: sockops
# suite: 660
# caught by: AP-7 16 MiB each way at once
s/^    storage->connect_success = 1;/&\n    if (storage->via_waypoint) {\n        int rate = 10000;\n\n        bpf_setsockopt(ops, SOL_SOCKET, 47 \/* SO_MAX_PACING_RATE *\/, \&rate, sizeof(rate));\n    }/
