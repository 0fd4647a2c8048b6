// SPDX-License-Identifier: Apache-2.0
#include "net/link.h"

#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>

static size_t net_link_size(int af)
{
    return af == AF_INET ? 4 : 16;
}

static struct ifinfomsg *net_link_change(struct netlink *nl, int index, const char *what,
                                         const char *subject, struct nlmsghdr **out)
{
    struct nlmsghdr *nlh = netlink_request(nl, RTM_SETLINK, 0, what, subject);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

    ifi->ifi_family = AF_UNSPEC;
    ifi->ifi_index = index;
    *out = nlh;
    return ifi;
}

static void net_link_put_end(struct nlmsghdr *nlh, const struct net_end *end)
{
    mnl_attr_put_strz(nlh, IFLA_IFNAME, end->name);
    mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(end->mac.bytes), end->mac.bytes);
    /* Left alone, the kernel makes one per CPU and switches all but one off, which takes an RCU
     * grace period for each end. */
    mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, 1);
    mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, 1);
    if (end->netns_fd >= 0)
        mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)end->netns_fd);
}

void net_link_veth(struct netlink *nl, const struct net_end *end, const struct net_end *peer,
                   const char *subject)
{
    struct nlmsghdr *nlh =
        netlink_request(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "link", subject);
    struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
    struct nlattr *info, *data, *other;

    ifi->ifi_index = end->index;
    ifi->ifi_flags = ifi->ifi_change = IFF_UP;
    net_link_put_end(nlh, end);
    info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
    mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
    data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
    other = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
    ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
    ifi->ifi_index = peer->index;
    net_link_put_end(nlh, peer);
    mnl_attr_nest_end(nlh, other);
    mnl_attr_nest_end(nlh, data);
    mnl_attr_nest_end(nlh, info);
}

void net_link_set_up(struct netlink *nl, int index, const char *subject)
{
    struct nlmsghdr *nlh;
    struct ifinfomsg *ifi = net_link_change(nl, index, "state of the link", subject, &nlh);

    ifi->ifi_flags = ifi->ifi_change = IFF_UP;
}

void net_link_no_auto_address(struct netlink *nl, int index, const char *subject)
{
    struct nlattr *spec, *inet6;
    struct nlmsghdr *nlh;

    net_link_change(nl, index, "way of making addresses", subject, &nlh);
    spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
    inet6 = mnl_attr_nest_start(nlh, AF_INET6);
    mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    mnl_attr_nest_end(nlh, inet6);
    mnl_attr_nest_end(nlh, spec);
}

void net_link_address(struct netlink *nl, int index, const struct address *address,
                      const char *subject)
{
    size_t size = net_link_size(address->af);
    struct nlmsghdr *nlh;
    struct ifaddrmsg *ifa;

    if (address->af == AF_UNSPEC)
        return;
    nlh = netlink_request(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, "address", subject);
    ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
    ifa->ifa_family = (unsigned char)address->af;
    ifa->ifa_prefixlen = (unsigned char)(size * 8);
    ifa->ifa_index = (unsigned int)index;
    ifa->ifa_scope = RT_SCOPE_UNIVERSE;
    mnl_attr_put(nlh, IFA_LOCAL, size, address->bytes);
    mnl_attr_put(nlh, IFA_ADDRESS, size, address->bytes);
    mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_PERMANENT | IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
    /*
     * What is sent to an IPv6 address is taken in once it has its entry in the local table, and a
     * worker of the kernel makes that some time after the address, even without duplicate address
     * detection. This one is there at once; the kernel's own comes before it by its metric.
     */
    if (address->af == AF_INET6)
        net_link_local_route(nl, address, index, subject);
}

void net_link_route(struct netlink *nl, int af, const struct address *to, const struct address *via,
                    int index, const char *subject)
{
    struct nlmsghdr *nlh =
        netlink_request(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "route", subject);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

    rtm->rtm_family = (unsigned char)af;
    rtm->rtm_dst_len = to ? (unsigned char)(net_link_size(af) * 8) : 0;
    rtm->rtm_table = RT_TABLE_MAIN;
    rtm->rtm_protocol = RTPROT_STATIC;
    rtm->rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    rtm->rtm_type = RTN_UNICAST;
    rtm->rtm_flags = via ? RTNH_F_ONLINK : 0;
    if (to)
        mnl_attr_put(nlh, RTA_DST, net_link_size(af), to->bytes);
    if (via)
        mnl_attr_put(nlh, RTA_GATEWAY, net_link_size(af), via->bytes);
    mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)index);
}

void net_link_local_route(struct netlink *nl, const struct address *to, int index,
                          const char *subject)
{
    struct nlmsghdr *nlh;
    struct rtmsg *rtm;

    if (to->af == AF_UNSPEC)
        return;
    nlh = netlink_request(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, "local route", subject);
    rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
    rtm->rtm_family = (unsigned char)to->af;
    rtm->rtm_dst_len = (unsigned char)(net_link_size(to->af) * 8);
    rtm->rtm_table = RT_TABLE_LOCAL;
    rtm->rtm_protocol = RTPROT_STATIC;
    rtm->rtm_scope = RT_SCOPE_HOST;
    rtm->rtm_type = RTN_LOCAL;
    mnl_attr_put(nlh, RTA_DST, net_link_size(to->af), to->bytes);
    mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)index);
}

void net_link_neighbour(struct netlink *nl, int index, const struct address *address,
                        const struct net_mac *mac, uint16_t state, const char *subject)
{
    struct nlmsghdr *nlh =
        netlink_request(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, "neighbour", subject);
    struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));

    ndm->ndm_family = (unsigned char)address->af;
    ndm->ndm_ifindex = index;
    ndm->ndm_state = state;
    mnl_attr_put(nlh, NDA_DST, net_link_size(address->af), address->bytes);
    if (mac)
        mnl_attr_put(nlh, NDA_LLADDR, sizeof(mac->bytes), mac->bytes);
}
