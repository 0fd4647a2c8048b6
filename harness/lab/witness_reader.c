// SPDX-License-Identifier: Apache-2.0
/* The agent's side of the witnesses. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "lab/witness.h"
#include "net/ns.h"
#include "witness/log.h"

struct witness_reader {
    int fd;
    uint64_t netns_cookie;
    uint64_t read, lost;
    witness_fn fn;
    void *data;
    struct witness_log log; /* the copy that is read from */
};

/* The copy is taken with the log's lock held: it never has half an event. */
static int witness_copy(struct witness_reader *reader)
{
    return bpf_map_lookup_elem_flags(reader->fd, &reader->netns_cookie, &reader->log, BPF_F_LOCK);
}

/* A log that is there already has an earlier reader's events. */
static int witness_begin(struct witness_reader *reader)
{
    int r = net_ns_cookie(&reader->netns_cookie);

    if (r < 0)
        return r;
    r = bpf_map_update_elem(reader->fd, &reader->netns_cookie, &reader->log, BPF_NOEXIST);
    if (r == -EEXIST)
        r = witness_copy(reader);
    reader->read = reader->log.written;
    return r < 0 ? err_r(r, "cannot begin to read the witnesses") : 0;
}

int witness_reader_new(int ring_fd, witness_fn fn, void *data, struct witness_reader **out)
{
    _cleanup_(witness_reader_free) struct witness_reader *reader = calloc(1, sizeof(*reader));
    int r;

    if (!reader)
        return err_r(ENOMEM, "cannot read the witnesses");
    reader->fd = ring_fd;
    reader->fn = fn;
    reader->data = data;
    r = witness_begin(reader);
    if (r < 0) {
        reader->fd = -1; /* it stays the caller's */
        return r;
    }
    *out = TAKE_PTR(reader);
    return 0;
}

int witness_reader_drain(struct witness_reader *reader)
{
    uint64_t waiting;
    int r = witness_copy(reader);

    if (r < 0)
        return err_r(r, "cannot read the witnesses");
    waiting = reader->log.written - reader->read;
    if (waiting > WITNESS_LOG_EVENTS) {
        reader->lost += waiting - WITNESS_LOG_EVENTS;
        waiting = WITNESS_LOG_EVENTS;
    }
    for (uint64_t i = reader->log.written - waiting; i < reader->log.written; i++)
        reader->fn(reader->data, &reader->log.events[i % WITNESS_LOG_EVENTS]);
    reader->read = reader->log.written;
    return (int)waiting;
}

uint64_t witness_reader_lost(const struct witness_reader *reader)
{
    return reader->lost;
}

void witness_reader_free(struct witness_reader **reader)
{
    if (!*reader)
        return;
    cleanup_close(&(*reader)->fd);
    free(*reader);
    *reader = NULL;
}
