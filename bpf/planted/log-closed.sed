# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The log: an error for every connection that ends, however it does.
# file: sockops.bpf.c
# object: sockops
# suite: 410
# caught by: SO-4 straight
# says: ERROR: port
s/^    report\(sk, storage, BPF_TCP_CLOSE\);/    log_error("port %u: closed", sk->src_port);\n&/
