// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "play/call.h"

static int info_get(int fd, struct tcp_info *out)
{
    socklen_t length = sizeof(*out);

    *out = (struct tcp_info){0};
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, out, &length) < 0 ? -errno : 0;
}

/* Bytes of the TLV in the client's stream. */
static unsigned long long info_tlv(const struct player *player)
{
    return player->ends[SCRIPT_CLIENT].sent > 0 ? play_target_tlv(player->target) : 0;
}

/*
 * Of TCP_INFO what is exact: bytes that were handed to the network for the first time, that were
 * acknowledged, and that have come in. The TLV is no part of them. The SYN counts as a byte that
 * was acknowledged to who sent it, and a FIN as one that has come in.
 */
int call_info(struct play_turn *turn)
{
    bool client = turn->line->end == SCRIPT_CLIENT;
    unsigned long long tlv = info_tlv(turn->player);
    struct tcp_info info;
    int r = info_get(turn->fd, &info);

    if (r < 0)
        return turn_say_result(turn, r);
    return turn_say(turn, "sent %llu acked %llu received %llu",
                    info.tcpi_bytes_sent - info.tcpi_bytes_retrans - (client ? tlv : 0),
                    info.tcpi_bytes_acked - (client ? tlv : 0),
                    info.tcpi_bytes_received - (client ? 0 : tlv));
}

/* Bytes of the TLV that are not acknowledged: it leads, so it is the first to be. */
static int info_tlv_left(const struct play_turn *turn, const struct tcp_info *info)
{
    unsigned long long tlv = turn->line->end == SCRIPT_CLIENT ? info_tlv(turn->player) : 0;
    unsigned long long acked = info->tcpi_bytes_acked ? info->tcpi_bytes_acked - 1 : 0;

    return acked < tlv ? (int)(tlv - acked) : 0;
}

/* SIOCOUTQ, without what there is of the TLV. */
int call_outq(struct play_turn *turn)
{
    struct tcp_info info;
    int r = info_get(turn->fd, &info), n = 0;

    if (r == 0 && ioctl(turn->fd, SIOCOUTQ, &n) < 0)
        r = -errno;
    return turn_say_result(turn, r < 0 ? r : n - info_tlv_left(turn, &info));
}
