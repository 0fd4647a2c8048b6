// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "play/call.h"

/*
 * Of TCP_INFO what is exact: bytes that were handed to the network for the first time, that were
 * acknowledged, and that have come in. The TLV is no part of them. The SYN counts as a byte that
 * was acknowledged to who sent it, and a FIN as one that has come in.
 */
int call_info(struct play_turn *turn)
{
    const struct player *player = turn->player;
    bool client = turn->line->end == SCRIPT_CLIENT;
    unsigned long long tlv =
        player->ends[SCRIPT_CLIENT].sent > 0 ? play_target_tlv(player->target) : 0;
    struct tcp_info info = {0};
    socklen_t length = sizeof(info);

    if (getsockopt(turn->fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
        return turn_say_result(turn, -errno);
    return turn_say(turn, "sent %llu acked %llu received %llu",
                    info.tcpi_bytes_sent - info.tcpi_bytes_retrans - (client ? tlv : 0),
                    info.tcpi_bytes_acked - (client ? tlv : 0),
                    info.tcpi_bytes_received - (client ? 0 : tlv));
}
