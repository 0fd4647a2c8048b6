// SPDX-License-Identifier: Apache-2.0
#include "probe/sandbox.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/cleanup.h"

int probe_root(char why[PROBE_WHY_MAX])
{
    (void)why;
    if (geteuid() == 0)
        return 0;
    return -EPERM;
}

int probe_netns(char why[PROBE_WHY_MAX])
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

static int probe_send_link(struct mnl_socket *nl, const char *kind)
{
    char buffer[512];
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    struct nlattr *info;

    header->nlmsg_type = RTM_NEWLINK;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
    info = mnl_attr_nest_start(header, IFLA_LINKINFO);
    mnl_attr_put_strz(header, IFLA_INFO_KIND, kind);
    mnl_attr_nest_end(header, info);
    return mnl_socket_sendto(nl, header, header->nlmsg_len) < 0 ? -errno : 0;
}

static int probe_link(const char *kind, char why[PROBE_WHY_MAX])
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
    r = probe_send_link(nl, kind);
    if (r < 0)
        return r;
    n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
    if (n < 0 || mnl_cb_run(answer, (size_t)n, 0, mnl_socket_get_portid(nl), NULL, NULL) < 0)
        return -errno;
    return 0;
}

int probe_veth(char why[PROBE_WHY_MAX])
{
    return probe_link("veth", why);
}

int probe_bridge(char why[PROBE_WHY_MAX])
{
    return probe_link("bridge", why);
}

/* Mounts in a namespace that ends with this process. */
static int probe_mount(const char *type, const char *where)
{
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return -errno;
    return mount("none", where, type, 0, NULL) < 0 ? -errno : 0;
}

int probe_cgroup2(char why[PROBE_WHY_MAX])
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

int probe_cgroup_kill(char why[PROBE_WHY_MAX])
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

int probe_bpffs(char why[PROBE_WHY_MAX])
{
    (void)why;
    return probe_mount("bpf", "/sys/fs/bpf");
}
