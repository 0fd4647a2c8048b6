// SPDX-License-Identifier: Apache-2.0
/*
 * Which XDP programs a namespace's interfaces have: one dump of its links, as `ip link` makes it.
 * Neither libmnl nor libbpf's own query: the first is not there to be linked statically, the
 * second asks for every interface again.
 */
#include "field/capture_xdp.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"

#define XDP_BUFFER      65536
#define XDP_DEADLINE_MS 3000

static const struct rtattr *xdp_attribute(const struct rtattr *a, int length, int type)
{
    for (; RTA_OK(a, length); a = RTA_NEXT(a, length))
        if ((a->rta_type & NLA_TYPE_MASK) == type)
            return a;
    return NULL;
}

static uint32_t xdp_number(const struct rtattr *list, int type)
{
    const struct rtattr *a = xdp_attribute(RTA_DATA(list), (int)RTA_PAYLOAD(list), type);
    uint32_t number = 0;

    if (a && RTA_PAYLOAD(a) >= sizeof(number))
        memcpy(&number, RTA_DATA(a), sizeof(number));
    return number;
}

/* Of several programs on one interface (driver, generic, hardware) each. */
static int xdp_link(const struct nlmsghdr *message, json_t *out)
{
    static const int types[] = {IFLA_XDP_PROG_ID, IFLA_XDP_DRV_PROG_ID, IFLA_XDP_SKB_PROG_ID,
                                IFLA_XDP_HW_PROG_ID};
    int length = (int)message->nlmsg_len - (int)NLMSG_LENGTH(sizeof(struct ifinfomsg));
    const struct rtattr *all = IFLA_RTA(NLMSG_DATA(message));
    const struct rtattr *name = xdp_attribute(all, length, IFLA_IFNAME);
    const struct rtattr *xdp = xdp_attribute(all, length, IFLA_XDP);
    uint32_t last = 0;

    for (size_t i = 0; name && xdp && i < ARRAY_SIZE(types); i++) {
        uint32_t program = xdp_number(xdp, types[i]);

        if (program == 0 || program == last)
            continue;
        last = program;
        if (json_array_append_new(out, json_pack("{s:s, s:I}", "interface", RTA_DATA(name),
                                                 "program", (json_int_t)program)) < 0)
            return err_r(ENOMEM, "cannot list the XDP programs");
    }
    return 0;
}

/* 1: the dump is at its end. */
static int xdp_messages(const char *buffer, ssize_t n, json_t *out)
{
    const struct nlmsghdr *m = (const struct nlmsghdr *)(const void *)buffer;
    int length = (int)n, r = 0;

    for (; r == 0 && NLMSG_OK(m, (unsigned int)length); m = NLMSG_NEXT(m, length)) {
        if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
            return 1;
        if (m->nlmsg_type == RTM_NEWLINK)
            r = xdp_link(m, out);
    }
    return r;
}

int capture_xdp(json_t *out)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } request = {.header = {.nlmsg_len = sizeof(request),
                            .nlmsg_type = RTM_GETLINK,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
    _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    _cleanup_free_ char *buffer = malloc(XDP_BUFFER);
    struct patience patience;
    int r = 0;

    if (fd < 0 || !buffer || send(fd, &request, sizeof(request), 0) < 0)
        return err_r(errno, "cannot read a network namespace's interfaces");
    patience_start(&patience, XDP_DEADLINE_MS);
    while (r == 0) {
        ssize_t n;

        r = patience_wait(fd, POLLIN, -1, &patience);
        if (r == -PATIENCE_STARVED)
            return patience_say(&patience, "what a network namespace's interfaces are");
        if (r < 0)
            return err_r(r, "cannot read a network namespace's interfaces");
        n = recv(fd, buffer, XDP_BUFFER, 0);

        if (n <= 0)
            return err_r(n < 0 ? errno : EIO, "cannot read a network namespace's interfaces");
        r = xdp_messages(buffer, n, out);
    }
    return r < 0 ? r : 0;
}
