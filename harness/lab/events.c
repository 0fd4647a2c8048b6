// SPDX-License-Identifier: Apache-2.0
#include "lab/events.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/patience.h"
#include "common/log.h"
#include "place/bpffs.h"
#include "maps/handle.h"
#include "maps/layout.h"
#include "maps/record.h"

static const char *const events_contract[] = {"km_log_event", "km_auth_req", "km_tcp_probe"};

/* One ring; in an array that stays where it is, because libbpf keeps pointers into it. */
struct events_ring {
    struct events *events;
    const struct topology_node *node;
    char *map;
    const struct map_layout *layout;
    enum port_order order;
};

struct events {
    struct ring_buffer *buffer; /* NULL while there is no ring */
    struct events_ring *rings;
    size_t n_rings;
    events_fn fn;
    void *data;
    int said; /* an error that was said already, or the callback's */
};

void events_close(struct events **events)
{
    struct events *e = TAKE_PTR(*events);

    if (!e)
        return;
    ring_buffer__free(e->buffer);
    for (size_t i = 0; i < e->n_rings; i++)
        free(e->rings[i].map);
    free(e->rings);
    free(e);
}

static int events_take(void *data, void *bytes, size_t size)
{
    const struct events_ring *ring = data;
    struct events *e = ring->events;
    _cleanup_json_ json_t *record = NULL;

    if (!e->fn)
        return 0;
    record = map_record_json(ring->layout, ring->order, bytes, size);
    if (!record)
        e->said = err_r(ENOMEM, "cannot show a record of '%s'", ring->map);
    else
        e->said = e->fn(e->data, &(struct event){ring->node, ring->map, record});
    return e->said;
}

static int events_attach(struct events *e, struct events_ring *ring, int fd)
{
    int r;

    if (!e->buffer) {
        e->buffer = ring_buffer__new(fd, events_take, ring, NULL);
        return e->buffer ? 0 : err_r(errno, "cannot read ring buffer '%s'", ring->map);
    }
    r = ring_buffer__add(e->buffer, fd, events_take, ring);
    return r < 0 ? err_r(r, "cannot read ring buffer '%s'", ring->map) : 0;
}

static int events_add(const struct lab *lab, const struct topology_node *node, const char *map,
                      struct events *e)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    struct events_ring *ring = &e->rings[e->n_rings];
    int r = map_handle_open(lab, node, map, &handle);

    if (r < 0)
        return r;
    if (handle.info.type != BPF_MAP_TYPE_RINGBUF)
        return err_say(EINVAL, "map '%s' is no ring buffer", map);
    *ring = (struct events_ring){e, node, strdup(map), handle.layout, handle.order};
    if (!ring->map)
        return err_r(ENOMEM, "cannot read ring buffer '%s'", map);
    e->n_rings++;
    return events_attach(e, ring, handle.fd);
}

/* Of the contract's, those that the node has. */
static int events_add_all(const struct lab *lab, const struct topology_node *node, struct events *e)
{
    _cleanup_strings_ struct strings names = {0};
    _cleanup_free_ char *dir = NULL;
    int r = maps_dir(lab, node, &dir);

    if (r < 0)
        return r;
    r = bpffs_names(dir, &names);
    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(events_contract); i++) {
        if (!strings_have(&names, events_contract[i]))
            continue;
        r = events_add(lab, node, events_contract[i], e);
        if (r < 0)
            return r;
    }
    return 0;
}

static int events_add_node(const struct lab *lab, const struct topology_node *node,
                           const char *const *maps, size_t n_maps, struct events *e)
{
    if (n_maps == 0)
        return events_add_all(lab, node, e);
    for (size_t i = 0; i < n_maps; i++) {
        int r = events_add(lab, node, maps[i], e);

        if (r < 0)
            return r;
    }
    return 0;
}

int events_open(const struct lab *lab, const struct topology_node *node, const char *const *maps,
                size_t n_maps, struct events **out)
{
    _cleanup_(events_close) struct events *e = calloc(1, sizeof(*e));
    size_t n = n_maps ? n_maps : ARRAY_SIZE(events_contract);

    if (e)
        e->rings = calloc(n * lab->topology->n_nodes, sizeof(*e->rings));
    if (!e || !e->rings)
        return err_r(ENOMEM, "cannot read ring buffers");
    for (size_t i = 0; i < lab->topology->n_nodes; i++) {
        int r;

        if (node && node != &lab->topology->nodes[i])
            continue;
        r = events_add_node(lab, &lab->topology->nodes[i], maps, n_maps, e);
        if (r < 0)
            return r;
    }
    *out = TAKE_PTR(e);
    return 0;
}

int events_read(struct events *e, events_fn fn, void *data)
{
    int r;

    e->fn = fn;
    e->data = data;
    e->said = 0;
    r = e->buffer ? ring_buffer__consume(e->buffer) : 0;
    if (e->said < 0)
        return e->said;
    return r < 0 ? err_r(r, "cannot read the programs' ring buffers") : r;
}

int events_fd(const struct events *e)
{
    return e->buffer ? ring_buffer__epoll_fd(e->buffer) : -1;
}

/* 1 when there may be something to read, 0 when it is time to end. */
static int events_wait(const struct events *e, const struct events_end *end)
{
    struct pollfd fds[] = {
        {events_fd(e), POLLIN, 0}, {end->stop_fd, POLLIN, 0}, {end->reader_fd, 0, 0}};
    int left = end->patience ? patience_left_ms(end->patience) : -1;
    int n = poll(fds, ARRAY_SIZE(fds), left);

    if (n < 0 && errno != EINTR)
        return err_r(errno, "cannot wait for the programs' records");
    return n <= 0 ? n < 0 || left > 0 : !fds[1].revents && !fds[2].revents;
}

int events_follow(struct events *e, const struct events_end *end, events_fn fn, void *data)
{
    for (int more = 1;;) {
        int r = events_read(e, fn, data);

        if (r < 0)
            return r;
        if (!more)
            return 0;
        more = events_wait(e, end);
        if (more < 0)
            return more;
    }
}
