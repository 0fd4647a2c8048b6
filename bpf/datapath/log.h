/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What goes wrong inside a program, as text in km_log_event. A full ring loses the message and
 * nothing else.
 */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

enum log_level {
    LOG_ERROR = 0,
    LOG_WARNING = 1,
    LOG_INFO = 2,
    LOG_DEBUG = 3,
};

__u32 bpf_log_level = LOG_INFO;

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024);
} km_log_event SEC(".maps");

/* The format has to be a constant of its own for the verifier, hence a macro around a function:
 * BPF_SNPRINTF puts it and the arguments where bpf_snprintf() can see them. */
#define log_write(level, fmt, args...)                                                             \
    ({                                                                                             \
        struct log_event *_event = log_reserve(level);                                             \
        if (_event)                                                                                \
            log_submit(_event, BPF_SNPRINTF(_event->text, sizeof(_event->text) - 1, fmt, args));   \
    })

#define log_error(fmt, args...)   log_write(LOG_ERROR, "ERROR: " fmt, args)
#define log_warning(fmt, args...) log_write(LOG_WARNING, "WARNING: " fmt, args)

static __always_inline struct log_event *log_reserve(enum log_level level)
{
    if (level > bpf_log_level)
        return NULL;
    return bpf_ringbuf_reserve(&km_log_event, sizeof(struct log_event), 0);
}

/* `written` is bpf_snprintf()'s answer: the length with the terminator, larger when it was cut. */
static __always_inline void log_submit(struct log_event *event, long written)
{
    if (written < 1)
        written = 1;
    if (written > (long)sizeof(event->text) - 1)
        written = sizeof(event->text) - 1;
    event->length = written - 1;
    bpf_ringbuf_submit(event, 0);
}
