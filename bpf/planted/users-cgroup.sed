# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Users of a socket: the TLV is put in only for a sender in the cgroup that the socket was made in.
# file: sendmsg.bpf.c
# object: sendmsg
# suite: 610
# caught by: AP-5 SCM_RIGHTS: a process of another cgroup and namespace sends first
s/^#define TLV_TYPE_DESTINATION .*/struct kernfs_node {\n    __u64 id;\n} __attribute__((preserve_access_index));\n\nstruct cgroup {\n    struct kernfs_node *kn;\n} __attribute__((preserve_access_index));\n\nstruct sock_cgroup_data {\n    struct cgroup *cgroup;\n} __attribute__((preserve_access_index));\n\nstruct sock___made {\n    struct sock_cgroup_data sk_cgrp_data;\n} __attribute__((preserve_access_index));\n\nstatic __always_inline bool sendmsg_is_maker(void *sk)\n{\n    struct sock___made *made = (void *)kernel_tcp(sk);\n\n    return made \&\& made->sk_cgrp_data.cgroup->kn->id == bpf_get_current_cgroup_id();\n}\n\n&/
s/^    if \(!storage \|\| storage->encoded\)$/    if (!storage || storage->encoded || !sendmsg_is_maker(sk))/
