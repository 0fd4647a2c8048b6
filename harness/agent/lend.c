// SPDX-License-Identifier: Apache-2.0
#include "agent/lend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/request_read.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

static int lend_accepted(struct records *records, const json_t *request, int *out_fd)
{
    struct address_port peer = {}, local = {};
    bool has_peer = false, has_local = false;
    const struct record *record;
    char text[ADDRESS_TEXT_MAX];
    int r = request_get_address_port(request, "peer", &has_peer, &peer);

    if (r < 0)
        return r;
    r = request_get_address_port(request, "local", &has_local, &local);
    if (r < 0)
        return r;
    if (!has_peer)
        return err_say(EINVAL, "neither 'socket' nor 'peer' is there");
    peer.address = address_unmapped(&peer.address);
    local.address = address_unmapped(&local.address);
    record = record_find(records, &peer, has_local ? &local : NULL);
    if (!record)
        return err_say(ENOENT, "no listener took a connection of %s",
                       address_port_text(&peer, text));
    if (record->source.fd < 0)
        return err_say(ENOTCONN, "the connection of %s has ended", address_port_text(&peer, text));
    *out_fd = fcntl(record->source.fd, F_DUPFD_CLOEXEC, 0);
    return *out_fd < 0 ? err_r(errno, "cannot lend a socket") : 0;
}

static json_t *lend_end(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage sa;
    socklen_t length = sizeof(sa);
    struct address_port ap;

    if (name(fd, (struct sockaddr *)&sa, &length) < 0 ||
        address_port_from_sockaddr((struct sockaddr *)&sa, length, &ap) < 0)
        return json_null();
    return json_address_port(&ap);
}

/* What the C library gives is a function of a union; here is one of pointers. */
static int lend_local(int fd, struct sockaddr *sa, socklen_t *length)
{
    return getsockname(fd, sa, length);
}

static int lend_peer(int fd, struct sockaddr *sa, socklen_t *length)
{
    return getpeername(fd, sa, length);
}

int lend_socket(struct named_sockets *sockets, struct records *records, const json_t *request,
                json_t **answer, int *out_fd)
{
    const char *name = NULL;
    _cleanup_close_ int fd = -1;
    int r = json_get_optional_string(request, "socket", &name);

    if (r < 0)
        return r;
    r = name ? named_sockets_lend(sockets, name, &fd) : lend_accepted(records, request, &fd);
    if (r < 0)
        return r;
    *answer =
        json_pack("{s:o, s:o}", "local", lend_end(fd, lend_local), "peer", lend_end(fd, lend_peer));
    if (!*answer)
        return err_r(ENOMEM, "cannot lend a socket");
    *out_fd = TAKE_FD(fd);
    return 0;
}
