// SPDX-License-Identifier: Apache-2.0
/* Calls that ask who is at the other end. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "play/call.h"

/* Both in linux/netfilter_ipv4.h and …_ipv6.h, whose headers exclude the C library's. */
#define ENDS_ORIGINAL_DST 80

/* Whether the kernel says by this that it knows of no redirect: there is none, nothing keeps track
 * of them, or the socket is not of that level's family. */
static bool ends_is_none(int error)
{
    return error == ENOENT || error == ENOPROTOOPT || error == EOPNOTSUPP;
}

typedef int (*ends_name_fn)(int fd, struct sockaddr *sa, socklen_t *length);

/* Unmapped. */
static int ends_name(int fd, ends_name_fn name, struct address_port *out)
{
    struct sockaddr_storage sa;
    socklen_t length = sizeof(sa);
    int r;

    if (name(fd, (struct sockaddr *)&sa, &length) < 0)
        return -errno;
    r = address_port_from_sockaddr((struct sockaddr *)&sa, length, out);
    out->address = address_unmapped(&out->address);
    return r;
}

/* The C library declares them with unions, by which they are no such functions. */
static int ends_peer_name(int fd, struct sockaddr *sa, socklen_t *length)
{
    return getpeername(fd, sa, length);
}

static int ends_own_name(int fd, struct sockaddr *sa, socklen_t *length)
{
    return getsockname(fd, sa, length);
}

/* The client's is where its flow has to end, the server's the client's own end. */
int call_peer(struct play_turn *turn)
{
    const struct play_target *target = turn->player->target;
    bool client = turn->line->end == SCRIPT_CLIENT;
    struct address_port peer, expected = target->listen;
    char text[ADDRESS_TEXT_MAX];
    int r = ends_name(turn->fd, ends_peer_name, &peer);

    if (r == 0 && !client)
        r = ends_name(turn_peer(turn)->fd, ends_own_name, &expected);
    if (r < 0)
        return turn_say_result(turn, r);
    if (!address_port_equal(&peer, &expected))
        return turn_say(turn, "%s", address_port_text(&peer, text));
    return turn_say(turn, client ? "server" : "client");
}

/* A redirect by a connect hook leaves nothing that the kernel would call an original destination.
 */
int call_original(struct play_turn *turn)
{
    static const int levels[] = {IPPROTO_IP, IPPROTO_IPV6};

    for (size_t i = 0; i < 2; i++) {
        struct sockaddr_storage sa;
        socklen_t length = sizeof(sa);
        struct address_port original;
        char text[ADDRESS_TEXT_MAX];

        if (getsockopt(turn->fd, levels[i], ENDS_ORIGINAL_DST, &sa, &length) == 0 &&
            address_port_from_sockaddr((struct sockaddr *)&sa, length, &original) == 0)
            return turn_say(turn, "%s", address_port_text(&original, text));
        if (!ends_is_none(errno))
            return turn_say_result(turn, -errno);
    }
    return turn_say(turn, "none");
}
