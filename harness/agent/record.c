// SPDX-License-Identifier: Apache-2.0
#include "agent/record.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/deadline.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/patience.h"

#define WAITERS_MAX 256

struct waiter {
    struct waiter *next;
    struct record_query query;
    struct patience patience;
    waiter_fn fn;
    void *data;
};

static const char *const record_end_names[] = {
    [RECORD_OPEN] = "open",
    [RECORD_EOF] = "eof",
    [RECORD_RESET] = "reset",
    [RECORD_CLOSED] = "closed",
};

static void record_unlink(struct record *record)
{
    struct records *records = record->records;

    *(record->newer ? &record->newer->older : &records->newest) = record->older;
    *(record->older ? &record->older->newer : &records->oldest) = record->newer;
    records->n--;
}

static void record_free(struct record *record)
{
    record_unlink(record);
    loop_close_source(record->records->loop, &record->source);
    stream_free(&record->stream);
    free(record->pending);
    free(record);
}

/* A UDP record has no end, and can be forgotten like one that has. */
static bool record_is_over(const struct record *record)
{
    return record->end != RECORD_OPEN || listener_is_udp(record->mode);
}

static int records_make_room(struct records *records)
{
    struct record *record = records->oldest;

    if (records->n < RECORDS_MAX)
        return 0;
    while (record && !record_is_over(record))
        record = record->newer;
    if (!record)
        return err_r(ENOBUFS, "%d connections are open", RECORDS_MAX);
    record_free(record);
    return 0;
}

int record_new(struct records *records, const struct address_port *peer,
               const struct address_port *local, struct record **out)
{
    _cleanup_free_ struct record *record = NULL;
    int r = records_make_room(records);

    if (r < 0)
        return r;
    record = calloc(1, sizeof(*record));
    if (!record)
        return err_r(ENOMEM, "cannot record a connection");
    r = stream_init(&record->stream, peer->port);
    if (r < 0)
        return r;
    record->records = records;
    record->source.fd = -1;
    record->accepted_ns = clock_ns();
    record->peer = (struct address_port){address_unmapped(&peer->address), peer->port};
    record->local = (struct address_port){address_unmapped(&local->address), local->port};
    record->older = records->newest;
    *(records->newest ? &records->newest->newer : &records->oldest) = record;
    records->newest = record;
    records->n++;
    *out = TAKE_PTR(record);
    return 0;
}

/* A client that did not bind an address only knows its port. */
static bool record_has_peer(const struct record *record, const struct address_port *peer)
{
    static const uint8_t any[16];

    if (memcmp(peer->address.bytes, any, sizeof(any)) == 0)
        return record->peer.port == peer->port;
    return address_port_equal(&record->peer, peer);
}

struct record *record_find(struct records *records, const struct address_port *peer,
                           const struct address_port *local)
{
    struct record *record = records->newest;

    while (record && (!record_has_peer(record, peer) ||
                      (local && !address_port_equal(&record->local, local))))
        record = record->older;
    return record;
}

static json_t *record_json(const struct record *record)
{
    _cleanup_json_ json_t *object =
        json_pack("{s:s, s:i, s:s, s:o, s:o, s:s}", "pod", record->records->pod, "port",
                  record->port, "protocol", listener_is_udp(record->mode) ? "udp" : "tcp", "local",
                  json_address_port(&record->local), "peer", json_address_port(&record->peer),
                  "end", record_end_names[record->end]);

    if (!object || stream_describe(&record->stream, object) < 0)
        return json_null();
    return TAKE_PTR(object);
}

static struct record *waiter_record(const struct waiter *waiter, struct records *records)
{
    const struct record_query *query = &waiter->query;
    struct record *record =
        record_find(records, &query->peer, query->has_local ? &query->local : NULL);

    return record && record->accepted_ns >= query->since_ns ? record : NULL;
}

static bool waiter_is_satisfied(const struct waiter *waiter, const struct record *record)
{
    if (!record || (waiter->query.final && !record_is_over(record)))
        return false;
    return record->stream.digest.bytes >= waiter->query.bytes || record->end != RECORD_OPEN;
}

/* Takes it out of the list, answers, and frees it. */
static void waiter_answer(struct records *records, struct waiter **link)
{
    struct waiter *waiter = *link;
    struct record *record = waiter_record(waiter, records);
    char text[PATIENCE_TEXT_MAX];

    *link = waiter->next;
    records->n_waiters--;
    if (patience_outcome(&waiter->patience) == -PATIENCE_STARVED)
        waiter->fn(waiter->data, NULL,
                   patience_text(&waiter->patience, "what the listener saw", text));
    else
        waiter->fn(waiter->data, record ? record_json(record) : json_null(), NULL);
    free(waiter);
}

void record_changed(struct record *record)
{
    struct records *records = record->records;
    struct waiter **link = &records->waiters;

    while (*link) {
        struct record *found = waiter_record(*link, records);

        if (found == record && waiter_is_satisfied(*link, found))
            waiter_answer(records, link);
        else
            link = &(*link)->next;
    }
}

void record_ended(struct record *record, enum record_end end)
{
    if (end == RECORD_CLOSED && record->source.fd >= 0) {
        struct linger linger = {.l_onoff = 1, .l_linger = 0};

        setsockopt(record->source.fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    loop_close_source(record->records->loop, &record->source);
    stream_end(&record->stream);
    record->end = end;
    free(record->pending);
    record->pending = NULL;
    record_changed(record);
}

int records_wait(struct records *records, const struct record_query *query, int deadline_ms,
                 waiter_fn fn, void *data)
{
    struct waiter *waiter;

    if (records->n_waiters == WAITERS_MAX)
        return err_say(EBUSY, "%d requests wait for a connection already", WAITERS_MAX);
    waiter = calloc(1, sizeof(*waiter));
    if (!waiter)
        return err_r(ENOMEM, "cannot wait for a connection");
    *waiter = (struct waiter){.next = records->waiters, .query = *query, .fn = fn, .data = data};
    patience_start(&waiter->patience, deadline_ms);
    records->waiters = waiter;
    records->n_waiters++;
    if (waiter_is_satisfied(waiter, waiter_record(waiter, records)))
        waiter_answer(records, &records->waiters);
    return 0;
}

int64_t records_expire(struct records *records)
{
    struct waiter **link = &records->waiters;
    int left, next = INT_MAX;

    while (*link) {
        left = patience_left_ms(&(*link)->patience);
        if (left == 0) {
            waiter_answer(records, link);
            continue;
        }
        next = left < next ? left : next;
        link = &(*link)->next;
    }
    return records->waiters ? deadline_in(next) : DEADLINE_NEVER;
}

void records_clear(struct records *records)
{
    while (records->newest) {
        if (records->newest->end == RECORD_OPEN)
            record_ended(records->newest, RECORD_CLOSED);
        record_free(records->newest);
    }
}

void records_free(struct records *records)
{
    while (records->waiters)
        waiter_answer(records, &records->waiters);
    records_clear(records);
}
