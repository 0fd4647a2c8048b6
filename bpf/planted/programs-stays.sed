# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs: a socket whose TLV is in the stream stays in the sockhash, where FIONREAD answers 0.
# file: sockops.bpf.c
# object: sockops
# suite: 660
# caught by: AP-6 nginx as a waypoint's client
/^static __always_inline void sockops_segment/,/^}/{
/^    if \(storage\)$/,/sockhash_remove/d
}
