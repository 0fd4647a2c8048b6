// SPDX-License-Identifier: Apache-2.0
#include "agent/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

int kept_new(enum family family, int protocol, struct kept **out)
{
    _cleanup_(kept_free) struct kept *kept = calloc(1, sizeof(*kept));
    int r;

    if (!kept)
        return err_r(ENOMEM, "cannot make a socket");
    kept->fd = -1;
    kept->family = family;
    kept->protocol = protocol;
    r = kept_begin_connection(kept, 0, 0);
    if (r == 0)
        *out = TAKE_PTR(kept);
    return r;
}

void kept_free(struct kept **kept)
{
    if (!*kept)
        return;
    if ((*kept)->fd >= 0)
        close((*kept)->fd);
    digest_free(&(*kept)->sent);
    digest_free(&(*kept)->received);
    free(*kept);
    *kept = NULL;
}

int kept_begin_connection(struct kept *kept, uint16_t port, int64_t connect_ns)
{
    digest_free(&kept->sent);
    digest_free(&kept->received);
    payload_check_init(&kept->greeting, payload_seed(port, PAYLOAD_FROM_LISTENER));
    payload_check_init(&kept->echo, payload_seed(port, PAYLOAD_FROM_CLIENT));
    kept->port = port;
    kept->connect_ns = connect_ns;
    if (digest_init(&kept->sent) < 0)
        return -ENOMEM;
    return digest_init(&kept->received);
}

void kept_linger_reset(const struct kept *kept)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    setsockopt(kept->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

void kept_table_init(struct kept_table *table)
{
    *table = (struct kept_table){};
    pthread_mutex_init(&table->mutex, NULL);
}

static struct kept **kept_table_link(struct kept_table *table, const char *name)
{
    struct kept **link = &table->first;

    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

static int kept_table_make(struct kept_table *table, const char *name, struct kept **out)
{
    struct kept *kept;
    int r;

    if (table->n == KEPT_MAX)
        return err_say(ENOBUFS, "%d sockets are kept already", KEPT_MAX);
    r = kept_new(FAMILY_V4, 0, &kept);
    if (r < 0)
        return r;
    strcpy(kept->name, name);
    kept->next = table->first;
    table->first = kept;
    table->n++;
    *out = kept;
    return 0;
}

static int kept_table_take_locked(struct kept_table *table, const char *name, bool may_make,
                                  struct kept **out)
{
    struct kept *kept = *kept_table_link(table, name);
    int r = 0;

    if (kept && kept->busy)
        return err_say(EBUSY, "socket '%s' is in use by another flow", name);
    if (!kept && !may_make)
        return err_say(ENOENT, "no socket '%s' is kept", name);
    if (!kept)
        r = kept_table_make(table, name, &kept);
    if (r < 0)
        return r;
    kept->busy = true;
    *out = kept;
    return 0;
}

int kept_table_take(struct kept_table *table, const char *name, bool may_make, struct kept **out)
{
    int r;

    pthread_mutex_lock(&table->mutex);
    r = kept_table_take_locked(table, name, may_make, out);
    pthread_mutex_unlock(&table->mutex);
    return r;
}

static void kept_table_remove(struct kept_table *table, struct kept *kept)
{
    *kept_table_link(table, kept->name) = kept->next;
    table->n--;
    kept_free(&kept);
}

void kept_table_return(struct kept_table *table, struct kept *kept, bool keep)
{
    pthread_mutex_lock(&table->mutex);
    kept->busy = false;
    if (kept->dropped)
        kept_linger_reset(kept);
    if (kept->dropped || !keep)
        kept_table_remove(table, kept);
    pthread_mutex_unlock(&table->mutex);
}

static int kept_table_lend_locked(struct kept_table *table, const char *name, int *out_fd)
{
    const struct kept *kept = *kept_table_link(table, name);

    if (!kept || kept->fd < 0)
        return err_say(ENOENT, "no socket '%s' is kept", name);
    *out_fd = fcntl(kept->fd, F_DUPFD_CLOEXEC, 0);
    return *out_fd < 0 ? err_r(errno, "cannot lend socket '%s'", name) : 0;
}

int kept_table_lend(struct kept_table *table, const char *name, int *out_fd)
{
    int r;

    pthread_mutex_lock(&table->mutex);
    r = kept_table_lend_locked(table, name, out_fd);
    pthread_mutex_unlock(&table->mutex);
    return r;
}

void kept_table_clear(struct kept_table *table)
{
    struct kept *next;

    pthread_mutex_lock(&table->mutex);
    for (struct kept *kept = table->first; kept; kept = next) {
        next = kept->next;
        if (kept->busy) {
            kept->dropped = true;
            continue;
        }
        kept_linger_reset(kept);
        kept_table_remove(table, kept);
    }
    pthread_mutex_unlock(&table->mutex);
}
