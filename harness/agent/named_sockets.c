// SPDX-License-Identifier: Apache-2.0
#include "agent/named_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/log.h"

void named_sockets_init(struct named_sockets *table)
{
    *table = (struct named_sockets){};
    pthread_mutex_init(&table->mutex, NULL);
}

static struct client_socket **named_sockets_link(struct named_sockets *table, const char *name)
{
    struct client_socket **link = &table->first;

    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

static int named_sockets_make(struct named_sockets *table, const char *name,
                              struct client_socket **out)
{
    struct client_socket *client;
    int r;

    if (table->n == NAMED_SOCKETS_MAX)
        return err_say(ENOBUFS, "%d sockets are kept already", NAMED_SOCKETS_MAX);
    r = client_socket_new(FAMILY_V4, 0, &client);
    if (r < 0)
        return r;
    strcpy(client->name, name);
    client->next = table->first;
    table->first = client;
    table->n++;
    *out = client;
    return 0;
}

static int named_sockets_take_locked(struct named_sockets *table, const char *name, bool may_make,
                                     struct client_socket **out)
{
    struct client_socket *client = *named_sockets_link(table, name);
    int r = 0;

    if (client && client->busy)
        return err_say(EBUSY, "socket '%s' is in use by another flow", name);
    if (!client && !may_make)
        return err_say(ENOENT, "no socket '%s' is kept", name);
    if (!client)
        r = named_sockets_make(table, name, &client);
    if (r < 0)
        return r;
    client->busy = true;
    *out = client;
    return 0;
}

int named_sockets_take(struct named_sockets *table, const char *name, bool may_make,
                       struct client_socket **out)
{
    int r;

    pthread_mutex_lock(&table->mutex);
    r = named_sockets_take_locked(table, name, may_make, out);
    pthread_mutex_unlock(&table->mutex);
    return r;
}

static void named_sockets_remove(struct named_sockets *table, struct client_socket *client)
{
    *named_sockets_link(table, client->name) = client->next;
    table->n--;
    client_socket_free(&client);
}

void named_sockets_return(struct named_sockets *table, struct client_socket *client, bool keep)
{
    pthread_mutex_lock(&table->mutex);
    client->busy = false;
    if (client->dropped)
        client_socket_linger_reset(client);
    if (client->dropped || !keep)
        named_sockets_remove(table, client);
    pthread_mutex_unlock(&table->mutex);
}

static int named_sockets_lend_locked(struct named_sockets *table, const char *name, int *out_fd)
{
    const struct client_socket *client = *named_sockets_link(table, name);

    if (!client || client->fd < 0)
        return err_say(ENOENT, "no socket '%s' is kept", name);
    *out_fd = fcntl(client->fd, F_DUPFD_CLOEXEC, 0);
    return *out_fd < 0 ? err_r(errno, "cannot lend socket '%s'", name) : 0;
}

int named_sockets_lend(struct named_sockets *table, const char *name, int *out_fd)
{
    int r;

    pthread_mutex_lock(&table->mutex);
    r = named_sockets_lend_locked(table, name, out_fd);
    pthread_mutex_unlock(&table->mutex);
    return r;
}

void named_sockets_clear(struct named_sockets *table)
{
    struct client_socket *next;

    pthread_mutex_lock(&table->mutex);
    for (struct client_socket *client = table->first; client; client = next) {
        next = client->next;
        if (client->busy) {
            client->dropped = true;
            continue;
        }
        client_socket_linger_reset(client);
        named_sockets_remove(table, client);
    }
    pthread_mutex_unlock(&table->mutex);
}
