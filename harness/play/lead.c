// SPDX-License-Identifier: Apache-2.0
/*
 * The TLV is taken off at the server's end before the script reads there: what is compared is what
 * an application behind a proxy would get. Beyond it no byte is read.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "play/call.h"

/* One has to come: the client's application has sent, or is at it. */
static bool lead_has_to_come(const struct player *player)
{
    const struct play_end *client = &player->ends[SCRIPT_CLIENT];

    if (player->held)
        return false;
    return client->sent > 0 ||
           (client->blocked && strcmp(client->apart.line->call->name, "send") == 0);
}

/* A byte is there, and no end and no error: these are the script's to find. */
static bool lead_is_there(int fd, bool wait)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    int unread = 0;

    if (poll(&look, 1, wait ? -1 : 0) <= 0)
        return false;
    return ioctl(fd, FIONREAD, &unread) == 0 && unread > 0;
}

static int lead_judge(struct play_turn *turn)
{
    const struct player *player = turn->player;
    char there[ADDRESS_TEXT_MAX];

    if (player->tlv.status != TLV_OK)
        turn_say(turn, "the TLV that has to lead: %s", tlv_status_name(player->tlv.status));
    else if (!address_port_equal(&player->tlv.destination, &player->target->asked))
        turn_say(turn, "the TLV that leads names %s",
                 address_port_text(&player->tlv.destination, there));
    else
        return 0;
    return 1;
}

int lead_take(struct play_turn *turn)
{
    struct player *player = turn->player;
    bool wait = lead_has_to_come(player);

    if (!player->target->waypoint || player->tlv_seen || !turn_end(turn)->accepted)
        return 0;
    while (player->tlv.status == TLV_PENDING) {
        uint8_t byte;

        if (!lead_is_there(turn->fd, wait || player->tlv.used > 0))
            break;
        if (recv(turn->fd, &byte, 1, MSG_DONTWAIT) == 1)
            tlv_reader_feed(&player->tlv, &byte, 1);
    }
    if (player->tlv.status == TLV_PENDING && player->tlv.used == 0)
        return 0;
    player->tlv_seen = true;
    tlv_reader_end(&player->tlv);
    return lead_judge(turn);
}
