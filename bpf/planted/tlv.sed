# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No TLV on a socket's second connection.
# file: connect.h
# object: cgroup_connect4
s/^ *bpf_sk_storage_delete\(&km_sockstorage, sk\);/        return;/
