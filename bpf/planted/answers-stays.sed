# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Answers: the socket stays in its sockhash when the TLV is sent.
# file: sockops.bpf.c
# object: sockops
# suite: 610
# caught by: AP-1 FIONREAD
s/^        sockops_flag\(ops, BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG\);/        (void)ops;/
