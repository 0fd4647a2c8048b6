// SPDX-License-Identifier: Apache-2.0
/* Calls by which a connection, or a descriptor of it, comes and goes. */
#include <errno.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "net/net.h"
#include "play/call.h"
#include "play/hand_over.h"

int call_connect(struct play_turn *turn)
{
    struct sockaddr_storage to;
    socklen_t length = address_port_to_sockaddr(&turn->player->target->asked, &to);

    if (connect(turn->fd, (struct sockaddr *)&to, length) < 0)
        return turn_say_result(turn, -errno);
    return turn_say(turn, "ok");
}

int call_accept(struct play_turn *turn)
{
    struct play_end *end = turn_end(turn);
    int fd = end->accepted ? -1 : accept4(end->fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return turn_say_result(turn, end->accepted ? -EISCONN : -errno);
    close(end->fd);
    end->fd = fd;
    end->accepted = true;
    return turn_say(turn, "ok");
}

int call_shutdown(struct play_turn *turn)
{
    int how = script_line_has(turn->line, "read")    ? SHUT_RD
              : script_line_has(turn->line, "write") ? SHUT_WR
                                                     : SHUT_RDWR;

    return shutdown(turn->fd, how) < 0 ? turn_say_result(turn, -errno) : turn_say(turn, "ok");
}

int call_close(struct play_turn *turn)
{
    struct play_end *end = turn_end(turn);
    int r = close(end->fd);

    end->fd = -1;
    return r < 0 ? turn_say_result(turn, -errno) : turn_say(turn, "ok");
}

int call_reset(struct play_turn *turn)
{
    struct linger linger = {.l_onoff = 1};

    if (setsockopt(turn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0)
        return turn_say_result(turn, -errno);
    return call_close(turn);
}

/* From here on the socket is used by another descriptor. */
int call_dup(struct play_turn *turn)
{
    struct play_end *end = turn_end(turn);
    int fd = dup(end->fd);

    if (fd < 0)
        return turn_say_result(turn, -errno);
    close(end->fd);
    end->fd = fd;
    return turn_say(turn, "ok");
}

int call_hold(struct play_turn *turn)
{
    int r = net_gateway_hold();

    turn->player->held = r == 0;
    return r < 0 ? r : turn_say(turn, "ok");
}

int call_release(struct play_turn *turn)
{
    int r = net_gateway_release();

    turn->player->held = r < 0;
    return r < 0 ? r : turn_say(turn, "ok");
}

/* From here on another process plays, in that pod: it is handed the socket, and nobody else has it
 * any more. The memory is shared: by the time the parent closes its descriptors the numbers that
 * stand there can be the child's. */
int call_move(struct play_turn *turn)
{
    int client = turn->player->ends[SCRIPT_CLIENT].fd;
    int server = turn->player->ends[SCRIPT_SERVER].fd;
    struct hand_over way;
    int r = hand_over_start(turn, &way);

    if (r < 0)
        return r;
    if (way.child == 0) {
        turn_end(turn)->fd = turn->fd;
        return turn_say(turn, "ok");
    }
    close(client);
    close(server);
    hand_over_follow(&way);
}
