// SPDX-License-Identifier: Apache-2.0
#include "forge/way.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"
#include "net/net.h"
#include "net/ns.h"
#include "net/plan.h"

#define WAY_PATIENCE_MS 5000
#define WAY_FENCES      1024 /* so many lengths of a fence, one after the other */

/* ---- sockets ---- */

struct way_socket {
    const struct forge_place *place;
    int interface, fd;
};

static int way_socket_job(void *data)
{
    struct way_socket *socket_job = data;
    const struct forge_place *place = socket_job->place;
    const char *name = place->pod ? place->pod->name : place->node->name;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = socket_job->interface};
    _cleanup_close_ int fd = -1;
    int on = 1, r = net_enter(place->lab, name);

    if (r < 0)
        return r;
    fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return err_r(errno, "cannot open a packet socket in '%s'", name);
    socket_job->fd = TAKE_FD(fd);
    return 0;
}

/* At the end of the pod's link that the place is: `other` is the pod when it is a node. */
static int way_socket(const struct forge_place *place, const struct forge_place *other, int *fd)
{
    struct way_socket job = {.place = place, .fd = -1};
    struct net_pair pair;
    int r;

    net_plan_pod(&pair, forge_pod_index(place->pod ? place : other), -1);
    job.interface = place->pod ? pair.far.index : pair.near.index;
    r = net_ns_call(way_socket_job, &job);
    *fd = job.fd;
    return r;
}

static int way_check(const struct forge_place *from, const struct forge_place *at)
{
    bool one_link = !from->pod != !at->pod && from->node == at->node;

    if (one_link || (from->pod && at->pod && from->pod != at->pod))
        return 0;
    return err_say(EINVAL, "packets go from one pod to another, or between a pod and its own node");
}

int way_open(const struct forge_place *from, const struct forge_place *at, struct forge_way *out)
{
    struct forge_way way = {.from = from, .at = at, .send_fd = -1, .receive_fd = -1};
    struct packet_scene last = at->pod ? forge_arrives(at) : forge_leaves(from);
    int r = way_check(from, at);

    if (r < 0)
        return r;
    way.scene = from->pod ? forge_leaves(from) : forge_arrives(at);
    way.scene.from = from->pod ? from->pod->name : from->node->name;
    way.scene.to = at->pod ? at->pod->name : at->node->name;
    memcpy(way.end.source_mac, last.source_mac, sizeof(last.source_mac));
    memcpy(way.end.destination_mac, last.destination_mac, sizeof(last.destination_mac));
    if (from->pod && at->pod)
        way.end.routers = from->node == at->node ? 1 : 2;
    r = way_socket(at, from, &way.receive_fd);
    if (r == 0)
        r = way_socket(from, at, &way.send_fd);
    if (r < 0)
        way_close(&way);
    else
        *out = way;
    return r;
}

void way_close(struct forge_way *way)
{
    cleanup_close(&way->send_fd);
    cleanup_close(&way->receive_fd);
    way->send_fd = way->receive_fd = -1;
}

/* ---- sending ---- */

static int way_send(const struct forge_way *way, const char *where,
                    const struct packet_bytes *bytes)
{
    struct virtio_net_hdr header = {.gso_type = VIRTIO_NET_HDR_GSO_NONE};
    struct iovec parts[] = {{&header, sizeof(header)}, {(void *)bytes->bytes, bytes->size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = ARRAY_SIZE(parts)};

    if (bytes->checksum_offset > 0) {
        header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        header.csum_start = (uint16_t)bytes->checksum_start;
        header.csum_offset = (uint16_t)bytes->checksum_offset;
    }
    if (sendmsg(way->send_fd, &message, 0) < 0)
        return err_r(errno, "%s: the kernel does not send this packet", where);
    return 0;
}

static const struct address *way_address(const struct forge_place *place, int af)
{
    if (place->pod)
        return af == AF_INET6 ? &place->pod->v6 : &place->pod->v4;
    return af == AF_INET6 ? &place->node->v6 : &place->node->v4;
}

static bool way_has(const struct forge_way *way, int af)
{
    return way_address(way->from, af)->af == af && way_address(way->at, af)->af == af;
}

/* In the packet's family, if both ends have an address in it. Its length tells it from others. */
static int way_fence(struct forge_way *way, const char *where, int af, struct packet_bytes *out)
{
    int fence_af = way_has(way, af) ? af : way_has(way, AF_INET) ? AF_INET : AF_INET6;
    struct packet fence = {.kind = PACKET_ICMP};

    for (size_t i = 0; i < PACKET_NUMBERS; i++)
        fence.number[i] = -1;
    fence.from.address = *way_address(way->from, fence_af);
    fence.to.address = *way_address(way->at, fence_af);
    fence.number[PACKET_N_TYPE] = fence_af == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
    fence.number[PACKET_N_PAYLOAD] = way->fences++ % WAY_FENCES;
    return packet_build(where, &fence, &way->scene, out);
}

/* ---- receiving ---- */

/* 1 with a frame, 0 when there is none yet. */
static int way_receive(const struct forge_way *way, struct frame *frame)
{
    struct virtio_net_hdr header;
    struct iovec parts[] = {{&header, sizeof(header)},
                            {frame->packet.bytes, sizeof(frame->packet.bytes)}};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    } control;
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = ARRAY_SIZE(parts),
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(way->receive_fd, &message, MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : err_r(errno, "cannot receive packets");
    frame->packet.size = (size_t)n - sizeof(header);
    frame->unsummed = header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
    frame->tag = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        struct tpacket_auxdata aux;

        if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
            continue;
        memcpy(&aux, CMSG_DATA(c), sizeof(aux));
        frame->tag = aux.tp_status & TP_STATUS_VLAN_VALID ? aux.tp_vlan_tci : -1;
    }
    return 1;
}

/* The kernel drops what has no room in the socket: then nothing is lost on the way. */
static int way_check_room(const struct forge_way *way, const char *where)
{
    struct tpacket_stats stats = {};
    socklen_t size = sizeof(stats);

    if (getsockopt(way->receive_fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
        return err_r(errno, "%s: cannot count what arrives", where);
    if (stats.tp_drops == 0)
        return 0;
    return err_say(ENOBUFS, "%s: so much else arrives that packets were not seen", where);
}

static int way_no_fence(const struct patience *patience, int r, const char *where)
{
    if (r == -PATIENCE_STARVED)
        return patience_say(patience, "the way of a packet");
    return err_say(-r, "%s: the fence behind the packet did not arrive either: this way is closed",
                   where);
}

/* Everything until the fence; *best is the frame that is most like the one that must arrive. */
static int way_await(const struct forge_way *way, const char *where, const struct frame *expected,
                     const struct frame *fence, struct frame *best, enum frame_match *match)
{
    struct frame frame;
    struct patience patience;
    int r;

    *match = FRAME_OTHER;
    patience_start(&patience, WAY_PATIENCE_MS);
    for (;;) {
        r = way_receive(way, &frame);
        if (r < 0)
            return r;
        if (r == 0) {
            r = patience_wait(way->receive_fd, POLLIN, -1, &patience);
            if (r < 0)
                return way_no_fence(&patience, r, where);
            continue;
        }
        if (frame_match(fence, &frame) == FRAME_SAME)
            return way_check_room(way, where);
        if (frame_match(expected, &frame) > *match) {
            *match = frame_match(expected, &frame);
            *best = frame;
        }
    }
}

/* ---- the judge ---- */

static void way_answer(const struct frame *frame, enum frame_match match,
                       char answer[TABLE_ANSWER_MAX], json_t *j)
{
    static const char *const words[] = {
        [FRAME_OTHER] = "lost", [FRAME_CHANGED] = "arrived changed", [FRAME_SAME] = "arrived"};

    (void)snprintf(answer, TABLE_ANSWER_MAX, "%s", words[match]);
    if (j)
        json_object_set_new(j, "after",
                            match == FRAME_OTHER ? json_null() : table_hex(&frame->packet));
}

static int way_of(void *data, const char *where, const struct packet *packet,
                  const struct packet_bytes *bytes, char answer[TABLE_ANSWER_MAX], json_t *j)
{
    struct forge_way *way = data;
    struct frame expected, fence, best;
    struct packet_bytes fence_bytes;
    enum frame_match match;
    int r;

    if (packet->number[PACKET_N_MARK] >= 0)
        return err_say(EINVAL, "%s: 'mark=' is for verdicts: no link carries a mark", where);
    r = way_fence(way, where, packet->from.address.af, &fence_bytes);
    if (r == 0)
        r = way_send(way, where, bytes);
    if (r == 0)
        r = way_send(way, where, &fence_bytes);
    if (r < 0)
        return r;
    frame_expect(bytes, &way->end, &expected);
    frame_expect(&fence_bytes, &way->end, &fence);
    r = way_await(way, where, &expected, &fence, &best, &match);
    if (r < 0)
        return r;
    way_answer(&best, match, answer, j);
    return 0;
}

struct way_job {
    int (*fn)(void *data);
    void *data;
};

/* Packets that two processors send overtake one another. */
static int way_on_one_processor(void *data)
{
    const struct way_job *job = data;
    cpu_set_t one;
    int cpu = sched_getcpu();

    CPU_ZERO(&one);
    CPU_SET(cpu < 0 ? 0 : (size_t)cpu, &one);
    if (sched_setaffinity(0, sizeof(one), &one) < 0)
        return err_r(errno, "cannot send from one processor");
    return job->fn(job->data);
}

static int way_inside(void *data, int (*fn)(void *data), void *fn_data)
{
    struct way_job job = {fn, fn_data};

    (void)data;
    return net_ns_call(way_on_one_processor, &job);
}

struct table_judge way_judge(struct forge_way *way)
{
    return (struct table_judge){
        .called = "outcome",
        .scene = way->scene,
        .data = way,
        .inside = way_inside,
        .judge = way_of,
    };
}
