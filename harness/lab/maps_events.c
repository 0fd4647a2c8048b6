// SPDX-License-Identifier: Apache-2.0
/* Text ring buffers. What a program wrote there is checked like anything from outside. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "lab/maps.h"
#include "lab/maps_layout.h"

struct events_walk {
    events_fn fn;
    void *data;
    int result;
};

/* Up to the length that the record gives, its first NUL or its end; a newline at the end goes. */
static size_t events_text_length(const struct km_log_record *record, size_t size)
{
    size_t room = size - offsetof(struct km_log_record, text), length;

    if (room > record->length)
        room = record->length;
    length = strnlen(record->text, room);
    while (length > 0 && record->text[length - 1] == '\n')
        length--;
    return length;
}

static json_t *events_json(const void *bytes, size_t size)
{
    struct km_log_record record = {};
    char text[sizeof(record.text)];
    size_t length;

    if (size > sizeof(record))
        size = sizeof(record);
    memcpy(&record, bytes, size);
    length = events_text_length(&record, size);
    if (length > sizeof(text))
        length = sizeof(text);
    for (size_t i = 0; i < length; i++)
        text[i] = record.text[i] >= ' ' && record.text[i] <= '~' ? record.text[i] : '?';
    return json_pack("{s:s%}", "text", text, length);
}

static int events_take(void *data, void *bytes, size_t size)
{
    struct events_walk *walk = data;
    _cleanup_json_ json_t *record = NULL;

    if (!walk->fn || size <= offsetof(struct km_log_record, text))
        return 0;
    record = events_json(bytes, size);
    walk->result = record ? walk->fn(walk->data, record) : err_r(ENOMEM, "cannot show an event");
    return walk->result;
}

static void events_free(struct ring_buffer **ring)
{
    ring_buffer__free(*ring);
}

int events_drain(const struct lab *lab, const struct topology_node *node, const char *map,
                 events_fn fn, void *data)
{
    _cleanup_(events_free) struct ring_buffer *ring = NULL;
    _cleanup_close_ int fd = -1;
    struct events_walk walk = {fn, data, 0};
    int r = map_open(lab, node, map, &fd);

    if (r < 0)
        return r;
    ring = ring_buffer__new(fd, events_take, &walk, NULL);
    if (!ring)
        return err_r(errno, "cannot read ring buffer '%s'", map);
    r = ring_buffer__consume(ring);
    if (walk.result < 0)
        return walk.result;
    return r < 0 ? err_r(r, "cannot read ring buffer '%s'", map) : r;
}
