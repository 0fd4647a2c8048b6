// SPDX-License-Identifier: Apache-2.0
#include "net/filters.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "common/cleanup.h"
#include "common/log.h"

static int filters_count(const struct nlmsghdr *nlh, void *data)
{
    const struct tcmsg *tcm = mnl_nlmsg_get_payload(nlh);
    size_t *n = data;

    /* A priority has an entry of its own, without a handle. */
    if (nlh->nlmsg_type == RTM_NEWTFILTER && tcm->tcm_handle)
        (*n)++;
    return MNL_CB_OK;
}

static int filters_read(struct mnl_socket *socket, size_t *n)
{
    char buffer[16384];

    for (;;) {
        ssize_t length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
        int r = length < 0 ? -1 : mnl_cb_run(buffer, (size_t)length, 0, 0, filters_count, n);

        if (r < 0)
            return -errno;
        if (r == MNL_CB_STOP)
            return 0;
    }
}

int net_filters_count(int index, size_t *out)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    char buffer[256];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
    struct tcmsg *tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
    size_t n = 0;
    int r;

    if (!socket)
        return err_r(errno, "cannot ask for the filters of an interface");
    nlh->nlmsg_type = RTM_GETTFILTER;
    nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    tcm->tcm_ifindex = index;
    tcm->tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
    r = mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0 ? -errno : filters_read(socket, &n);
    mnl_socket_close(socket);
    if (r < 0)
        return err_r(r, "cannot read the filters of an interface");
    *out = n;
    return 0;
}
