// SPDX-License-Identifier: Apache-2.0
#include "agent/hooks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/address.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "lab/witness.h"

struct hooks {
    pthread_mutex_t mutex;
    struct witness_reader *reader; /* NULL: no witnesses */
    struct witness_event store[HOOKS_STORE];
    size_t n;
    uint64_t dropped; /* from the store, to make room */
};

/* Called by the reader, with the mutex held. */
static void hooks_store(void *data, const struct witness_event *event)
{
    struct hooks *hooks = data;

    if (hooks->n == HOOKS_STORE) {
        memmove(hooks->store, hooks->store + HOOKS_STORE / 2,
                HOOKS_STORE / 2 * sizeof(hooks->store[0]));
        hooks->n = HOOKS_STORE / 2;
        hooks->dropped += HOOKS_STORE / 2;
    }
    hooks->store[hooks->n++] = *event;
}

int hooks_new(int ring_fd, struct hooks **out)
{
    struct hooks *hooks = calloc(1, sizeof(*hooks));
    int r = 0;

    if (!hooks)
        return err_r(ENOMEM, "cannot read the witnesses");
    pthread_mutex_init(&hooks->mutex, NULL);
    if (ring_fd >= 0)
        r = witness_reader_new(ring_fd, hooks_store, hooks, &hooks->reader);
    if (r < 0)
        hooks_free(&hooks);
    else
        *out = hooks;
    return r;
}

void hooks_free(struct hooks **hooks)
{
    if (!*hooks)
        return;
    if ((*hooks)->reader)
        witness_reader_free(&(*hooks)->reader);
    pthread_mutex_destroy(&(*hooks)->mutex);
    free(*hooks);
    *hooks = NULL;
}

static void hooks_sort(struct hooks *hooks, uint64_t socket_cookie, struct hooks_seen *seen)
{
    size_t kept = 0;

    for (size_t i = 0; i < hooks->n; i++) {
        if (hooks->store[i].socket_cookie != socket_cookie)
            hooks->store[kept++] = hooks->store[i];
        else if (seen->n < HOOKS_FLOW)
            seen->events[seen->n++] = hooks->store[i];
        else
            seen->left_out++;
    }
    hooks->n = kept;
}

/* All that nobody will see any more, whosever it was. With the mutex held. */
static uint64_t hooks_gone(const struct hooks *hooks)
{
    return hooks->dropped + witness_reader_lost(hooks->reader);
}

static void hooks_read(struct hooks *hooks, uint64_t socket_cookie, struct hooks_seen *seen)
{
    if (witness_reader_drain(hooks->reader) < 0)
        log_warning("cannot read the witnesses' ring");
    hooks_sort(hooks, socket_cookie, seen);
}

void hooks_begin(struct hooks *hooks, uint64_t socket_cookie, struct hooks_seen *seen)
{
    if (!hooks->reader)
        return;
    pthread_mutex_lock(&hooks->mutex);
    hooks_read(hooks, socket_cookie, seen);
    *seen = (struct hooks_seen){.begun = true, .gone_before = hooks_gone(hooks)};
    pthread_mutex_unlock(&hooks->mutex);
}

void hooks_take(struct hooks *hooks, uint64_t socket_cookie, struct hooks_seen *seen)
{
    if (!hooks->reader)
        return;
    pthread_mutex_lock(&hooks->mutex);
    hooks_read(hooks, socket_cookie, seen);
    if (seen->begun)
        seen->lost = hooks_gone(hooks) - seen->gone_before + seen->left_out;
    pthread_mutex_unlock(&hooks->mutex);
}

static json_t *hooks_destination(const struct witness_event *event)
{
    struct address_port ap = {.address.af = event->family == AF_INET ? AF_INET : AF_INET6,
                              .port = ntohs(event->port)};
    char text[ADDRESS_TEXT_MAX];

    memcpy(ap.address.bytes, event->address, ap.address.af == AF_INET ? 4 : 16);
    return json_string(address_port_text(&ap, text));
}

json_t *hooks_describe(const struct hooks_seen *seen)
{
    _cleanup_json_ json_t *before = json_array();
    _cleanup_json_ json_t *after = json_array();

    for (size_t i = 0; i < seen->n; i++) {
        const struct witness_event *event = &seen->events[i];

        if (event->hook == WITNESS_RECVMSG)
            continue;
        json_array_append_new(event->place == WITNESS_BEFORE ? before : after,
                              hooks_destination(event));
    }
    return json_pack("{s:O, s:O, s:I}", "before", before, "after", after, "lost",
                     (json_int_t)seen->lost);
}
