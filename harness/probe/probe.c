// SPDX-License-Identifier: Apache-2.0
#include "probe/probe.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/patience.h"
#include "common/shortage.h"
#include "net/esp.h"

#define PROBE_DEADLINE_MS 10000

/* ---- the table ---- */

#define PROBE_OLD "a newer kernel: "

static const struct probe probe_table[] = {
    {"root", "everything but the topology reader", "sudo", false, probe_root},
    {"netns", "every lab", "CONFIG_NET_NS, and CAP_SYS_ADMIN in containers", true, probe_netns},
    {"veth", "every lab", "CONFIG_VETH (modprobe veth)", true, probe_veth},
    {"cgroup2", "every lab", "CONFIG_CGROUPS; a container needs --privileged", true, probe_cgroup2},
    {"cgroup_kill", "taking labs down", PROBE_OLD "5.14", true, probe_cgroup_kill},
    {"bpffs", "programs", "CONFIG_BPF_SYSCALL; a container needs --privileged", true, probe_bpffs},
    {"btf", "programs", "CONFIG_DEBUG_INFO_BTF", false, probe_btf},
    {"cgroup_sock_addr", "connect4, connect6", "CONFIG_CGROUP_BPF", true, probe_prog_sock_addr},
    {"cgroup_attach", "every program on a cgroup", "CONFIG_CGROUP_BPF", true, probe_cgroup_attach},
    {"sock_ops", "sockops", "CONFIG_CGROUP_BPF", true, probe_prog_sock_ops},
    {"sk_msg", "TLVs", "CONFIG_BPF_STREAM_PARSER", true, probe_prog_sk_msg},
    {"sk_msg_attach", "TLVs", "CONFIG_BPF_STREAM_PARSER", true, probe_sockhash_attach},
    {"cgroup_skb", "cgroup_skb", "CONFIG_CGROUP_BPF", true, probe_prog_cgroup_skb},
    {"sockops_netns_cookie", "sockops", PROBE_OLD "5.15", true, probe_helper_netns_cookie},
    {"sock_addr_sk_storage", "connect4, connect6", PROBE_OLD "5.8", true, probe_helper_sk_storage},
    {"sock_addr_set_retval", "refusing a connect with an errno of its own", PROBE_OLD "5.18", true,
     probe_helper_set_retval},
    {"loop", "the suite's own load balancing", PROBE_OLD "5.17", true, probe_helper_loop},
    {"msg_push_data", "TLVs", PROBE_OLD "4.20", true, probe_helper_push_data},
    {"sockhash", "TLVs", "CONFIG_BPF_STREAM_PARSER", true, probe_map_sockhash},
    {"sk_storage", "connect4, connect6", PROBE_OLD "5.2", true, probe_map_sk_storage},
    {"ringbuf", "the programs' log", PROBE_OLD "5.8", true, probe_map_ringbuf},
    {"map_of_maps", "objects of the oldest layouts", PROBE_OLD "4.12", true, probe_map_of_maps},
    {"netns_cookie", "managing pods", PROBE_OLD "5.14", false, probe_socket_netns_cookie},
    {"ipv6", "everything over v6 and mapped", "CONFIG_IPV6, and no ipv6.disable=1", true,
     probe_ipv6},
    {"fastopen", "early bytes (TL-8)", "CONFIG_INET, net.ipv4.tcp_fastopen", true, probe_fastopen},
    {"esp", "topologies with 'encryption: esp'", ESP_REMEDY, true, probe_esp},
    {"bridge", "runts and VLAN tags for tc (TC-7)", "CONFIG_BRIDGE (modprobe bridge)", true,
     probe_bridge},
    {"mptcp", "--protocol mptcp (AP-9)", "CONFIG_MPTCP, sysctl net.mptcp.enabled=1", false,
     probe_mptcp},
    {"ktls", "scripts with kTLS (AP-8)", "CONFIG_TLS (modprobe tls)", false, probe_ktls},
    {"zerocopy", "--send zerocopy", PROBE_OLD "4.14", false, probe_zerocopy},
    {"io_uring", "--send io_uring", "CONFIG_IO_URING, sysctl kernel.io_uring_disabled=0", false,
     probe_io_uring},
    {"io_uring_zc", "--send io_uring_zc", PROBE_OLD "6.0, with io_uring", false, probe_io_uring_zc},
};

const struct probe *probe_all(size_t *n)
{
    *n = ARRAY_SIZE(probe_table);
    return probe_table;
}

const struct probe *probe_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(probe_table); i++) {
        if (strcmp(probe_table[i].name, name) == 0)
            return &probe_table[i];
    }
    return NULL;
}

/* ---- trying one ---- */

static int probe_quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
    (void)level;
    (void)fmt;
    (void)ap;
    return 0;
}

/* What the child ends with. A shortage says nothing of the kernel. Of a right that root has not got
 * libbpf says that the kernel does not support it. */
static enum probe_answer probe_judge(int r)
{
    if (r >= 0)
        return PROBE_OK;
    if (shortage_of_rights() && r == -EOPNOTSUPP)
        return PROBE_NOT_TRIED;
    return shortage_is(r) && r != -EROFS ? PROBE_NOT_TRIED : PROBE_MISSING;
}

/* Writes nothing when it is there, and the reason when not. */
static _Noreturn void probe_child(const struct probe *probe, int fd)
{
    char why[PROBE_WHY_MAX] = "", remedy[SHORTAGE_TEXT_MAX] = "";
    int r;

    libbpf_set_print(probe_quiet);
    r = probe->run(why);
    if (r < 0 && shortage_of_rights() && probe_judge(r) == PROBE_NOT_TRIED)
        shortage_remedy(EPERM, remedy);
    if (r < 0)
        dprintf(fd, "%s%s%s%s%s", why, *why ? ": " : "", strerror(-r), *remedy ? "; " : "", remedy);
    _exit((int)probe_judge(r));
}

static enum probe_answer probe_wait(pid_t pid, int fd, char why[PROBE_WHY_MAX])
{
    struct patience patience;
    ssize_t n = 0;
    int status = 0, r;

    patience_start(&patience, PROBE_DEADLINE_MS);
    r = patience_wait(fd, POLLIN, -1, &patience);
    if (r >= 0)
        n = read(fd, why, PROBE_WHY_MAX - 1);
    else
        kill(pid, SIGKILL);
    why[n > 0 ? n : 0] = '\0';
    if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
        return (enum probe_answer)WEXITSTATUS(status);
    if (r == -PATIENCE_STARVED) {
        snprintf(why, PROBE_WHY_MAX, "trying it had no turn on this machine");
        return PROBE_NOT_TRIED;
    }
    snprintf(why, PROBE_WHY_MAX, "trying it took too long or crashed");
    return PROBE_MISSING;
}

static enum probe_answer probe_not_tried(int code, char why[PROBE_WHY_MAX])
{
    snprintf(why, PROBE_WHY_MAX, "%s", strerror(code));
    return PROBE_NOT_TRIED;
}

enum probe_answer probe_run(const struct probe *probe, char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int reader = -1;
    int fds[2], failed;
    pid_t pid;

    if (probe->root && geteuid() != 0) {
        snprintf(why, PROBE_WHY_MAX, "only root can try it");
        return PROBE_NOT_TRIED;
    }
    if (pipe2(fds, O_CLOEXEC) < 0)
        return probe_not_tried(errno, why);
    reader = fds[0];
    pid = fork();
    failed = errno;
    if (pid == 0)
        probe_child(probe, fds[1]);
    close(fds[1]);
    return pid < 0 ? probe_not_tried(failed, why) : probe_wait(pid, reader, why);
}
