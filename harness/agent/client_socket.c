// SPDX-License-Identifier: Apache-2.0
#include "agent/client_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

int client_socket_new(enum family family, int protocol, struct client_socket **out)
{
    _cleanup_(client_socket_free) struct client_socket *client = calloc(1, sizeof(*client));
    int r;

    if (!client)
        return err_r(ENOMEM, "cannot make a socket");
    client->fd = -1;
    client->family = family;
    client->protocol = protocol;
    r = client_socket_begin(client, 0, 0);
    if (r < 0)
        return r;
    *out = TAKE_PTR(client);
    return 0;
}

void client_socket_free(struct client_socket **client)
{
    if (!*client)
        return;
    if ((*client)->fd >= 0)
        close((*client)->fd);
    digest_free(&(*client)->sent);
    digest_free(&(*client)->received);
    free(*client);
    *client = NULL;
}

int client_socket_begin(struct client_socket *client, uint16_t port, int64_t connect_ns)
{
    digest_free(&client->sent);
    digest_free(&client->received);
    payload_check_init(&client->greeting, payload_seed(port, PAYLOAD_FROM_LISTENER));
    payload_check_init(&client->echo, payload_seed(port, PAYLOAD_FROM_CLIENT));
    client->port = port;
    client->connect_ns = connect_ns;
    if (digest_init(&client->sent) < 0)
        return -ENOMEM;
    return digest_init(&client->received);
}

void client_socket_linger_reset(const struct client_socket *client)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}
