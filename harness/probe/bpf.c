// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "probe/sandbox.h"

/* libbpf answers 1, 0 or a negative errno. */
static int probe_answer(int answer)
{
    if (answer < 0)
        return answer;
    return answer ? 0 : -EOPNOTSUPP;
}

int probe_prog_sock_addr(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, NULL));
}

int probe_prog_sock_ops(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SOCK_OPS, NULL));
}

int probe_prog_sk_msg(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SK_MSG, NULL));
}

int probe_prog_cgroup_skb(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_CGROUP_SKB, NULL));
}

/* The smallest program: `return 1`, which lets everything through. */
static int probe_load(enum bpf_prog_type type, enum bpf_attach_type attach, int *out)
{
    static const struct bpf_insn insns[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
        {.code = BPF_JMP | BPF_EXIT},
    };
    LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach);
    int fd = bpf_prog_load(type, "waypost_probe", "GPL", insns, ARRAY_SIZE(insns), &opts);

    if (fd < 0)
        return -errno;
    *out = fd;
    return 0;
}

int probe_cgroup_attach(char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int program = -1, cgroup = -1, link = -1;
    char path[64];
    int r = probe_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, &program);

    if (r < 0)
        return r;
    r = probe_cgroup_make(path, why);
    if (r < 0)
        return r;
    cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    link = bpf_link_create(program, cgroup, BPF_CGROUP_INET4_CONNECT, NULL);
    r = link < 0 ? -errno : 0;
    probe_cgroup_remove(path);
    return r;
}

int probe_sockhash_attach(char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int map = bpf_map_create(BPF_MAP_TYPE_SOCKHASH, "waypost_probe", 4, 4, 1, NULL);
    _cleanup_close_ int program = -1;
    int r;

    if (map < 0)
        return -errno;
    r = probe_load(BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, &program);
    if (r < 0)
        return r;
    snprintf(why, PROBE_WHY_MAX, "attaching to a sockhash");
    return bpf_prog_attach(program, map, BPF_SK_MSG_VERDICT, 0) < 0 ? -errno : 0;
}

int probe_helper_netns_cookie(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(
        libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCK_OPS, BPF_FUNC_get_netns_cookie, NULL));
}

int probe_helper_sk_storage(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(
        libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_sk_storage_get, NULL));
}

int probe_helper_push_data(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(
        libbpf_probe_bpf_helper(BPF_PROG_TYPE_SK_MSG, BPF_FUNC_msg_push_data, NULL));
}

int probe_helper_set_retval(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(
        libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_set_retval, NULL));
}

int probe_helper_loop(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(
        libbpf_probe_bpf_helper(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_FUNC_loop, NULL));
}

int probe_map_sockhash(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_SOCKHASH, NULL));
}

int probe_map_sk_storage(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_SK_STORAGE, NULL));
}

int probe_map_ringbuf(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL));
}

int probe_map_of_maps(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_answer(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_HASH_OF_MAPS, NULL));
}

int probe_btf(char why[PROBE_WHY_MAX])
{
    snprintf(why, PROBE_WHY_MAX, "/sys/kernel/btf/vmlinux");
    return access("/sys/kernel/btf/vmlinux", R_OK) < 0 ? -errno : 0;
}
