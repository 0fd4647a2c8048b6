// SPDX-License-Identifier: Apache-2.0
#include "probe/probe.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "common/cleanup.h"

#define PROBE_DEADLINE_MS 10000

/* -- Namespaces and file systems ----------------------------------------------------------------
 */

static int probe_root(char why[PROBE_WHY_MAX])
{
    (void)why;
    if (geteuid() == 0)
        return 0;
    return -EPERM;
}

static int probe_netns(char why[PROBE_WHY_MAX])
{
    (void)why;
    return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
}

int probe_netns_with_loopback(char why[PROBE_WHY_MAX])
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    _cleanup_close_ int fd = -1;
    int r = probe_netns(why);

    if (r < 0)
        return r;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

static int probe_send_veth(struct mnl_socket *nl)
{
    char buffer[512];
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    struct nlattr *info;

    header->nlmsg_type = RTM_NEWLINK;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
    info = mnl_attr_nest_start(header, IFLA_LINKINFO);
    mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
    mnl_attr_nest_end(header, info);
    return mnl_socket_sendto(nl, header, header->nlmsg_len) < 0 ? -errno : 0;
}

static int probe_veth(char why[PROBE_WHY_MAX])
{
    struct mnl_socket *nl;
    char answer[4096];
    ssize_t n;
    int r = probe_netns(why);

    if (r < 0)
        return r;
    nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
        return -errno;
    r = probe_send_veth(nl);
    if (r < 0)
        return r;
    n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
    if (n < 0 || mnl_cb_run(answer, (size_t)n, 0, mnl_socket_get_portid(nl), NULL, NULL) < 0)
        return -errno;
    return 0;
}

/* Mounts in a namespace that ends with this process. */
static int probe_mount(const char *type, const char *where)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -errno;
    return mount("none", where, type, 0, NULL) < 0 ? -errno : 0;
}

static int probe_cgroup2(char why[PROBE_WHY_MAX])
{
    const char *root = getenv("WAYPOST_CGROUP");
    struct statfs fs;
    int r;

    if (root && statfs(root, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
        return 0;
    snprintf(why, PROBE_WHY_MAX, "cgroup2 cannot be mounted");
    r = probe_mount("cgroup2", "/sys/fs/cgroup");
    /* It is there already: the kernel mounts nothing twice on the same place. */
    return r == -EBUSY ? 0 : r;
}

int probe_cgroup_make(char path[64], char why[PROBE_WHY_MAX])
{
    const char *root = getenv("WAYPOST_CGROUP");
    int r = probe_cgroup2(why);

    if (r < 0)
        return r;
    snprintf(path, 64, "/sys/fs/cgroup/waypost-probe.%d", (int)getpid());
    if (root && strlen(root) < 32)
        snprintf(path, 64, "%s/waypost-probe.%d", root, (int)getpid());
    snprintf(why, PROBE_WHY_MAX, "a cgroup cannot be made");
    if (mkdir(path, 0755) < 0)
        return -errno;
    *why = '\0';
    return 0;
}

void probe_cgroup_remove(const char *path)
{
    rmdir(path);
}

static int probe_cgroup_kill(char why[PROBE_WHY_MAX])
{
    char path[64], file[96];
    int r = probe_cgroup_make(path, why);

    if (r < 0)
        return r;
    snprintf(file, sizeof(file), "%s/cgroup.kill", path);
    r = access(file, W_OK) < 0 ? -errno : 0;
    probe_cgroup_remove(path);
    return r;
}

static int probe_bpffs(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_mount("bpf", "/sys/fs/bpf");
}

/* -- The table -----------------------------------------------------------------------------------
 */

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

/* -- Trying one ----------------------------------------------------------------------------------
 */

static int probe_quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
    (void)level;
    (void)fmt;
    (void)ap;
    return 0;
}

/* Writes nothing when it is there, and the reason when not. */
static _Noreturn void probe_child(const struct probe *probe, int fd)
{
    char why[PROBE_WHY_MAX] = "";
    int r;

    libbpf_set_print(probe_quiet);
    r = probe->run(why);
    if (r < 0)
        dprintf(fd, "%s%s%s", why, *why ? ": " : "", strerror(-r));
    _exit(r < 0 ? 1 : 0);
}

static bool probe_wait(pid_t pid, int fd, char why[PROBE_WHY_MAX])
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    ssize_t n = 0;
    int status = 0;

    if (poll(&poll_fd, 1, PROBE_DEADLINE_MS) == 1)
        n = read(fd, why, PROBE_WHY_MAX - 1);
    else
        kill(pid, SIGKILL);
    why[n > 0 ? n : 0] = '\0';
    if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
        return WEXITSTATUS(status) == 0;
    snprintf(why, PROBE_WHY_MAX, "trying it took too long or crashed");
    return false;
}

bool probe_run(const struct probe *probe, char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int reader = -1;
    int fds[2];
    pid_t pid;

    if (probe->root && geteuid() != 0) {
        snprintf(why, PROBE_WHY_MAX, "cannot be tried without root");
        return false;
    }
    if (pipe2(fds, O_CLOEXEC) < 0) {
        snprintf(why, PROBE_WHY_MAX, "cannot be tried: %s", strerror(errno));
        return false;
    }
    reader = fds[0];
    pid = fork();
    if (pid == 0)
        probe_child(probe, fds[1]);
    close(fds[1]);
    if (pid < 0) {
        snprintf(why, PROBE_WHY_MAX, "cannot be tried: %s", strerror(errno));
        return false;
    }
    return probe_wait(pid, reader, why);
}
