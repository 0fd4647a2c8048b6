// SPDX-License-Identifier: Apache-2.0
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/shortage.h"
#include "common/text.h"

static const char *const log_names[] = {"error", "warning", "info", "debug"};

static enum log_level log_level = LOG_WARNING;
static bool log_level_known;
static log_sink_fn log_sink;
static void *log_sink_data;
static _Thread_local char log_error[1024];

void log_set_level(enum log_level level)
{
    log_level = level;
    log_level_known = true;
}

enum log_level log_get_level(void)
{
    const char *name = log_level_known ? NULL : getenv("WAYPOST_LOG");

    log_level_known = true;
    if (name && log_level_from_name(name, &log_level) < 0)
        log_at(LOG_WARNING, "WAYPOST_LOG: no level '%s' (error, warning, info, debug)", name);
    return log_level;
}

int log_level_from_name(const char *name, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(log_names); i++) {
        if (strcmp(name, log_names[i]) == 0) {
            *out = (enum log_level)i;
            return 0;
        }
    }
    return -EINVAL;
}

void log_set_sink(log_sink_fn sink, void *data)
{
    log_sink = sink;
    log_sink_data = data;
}

/* Whatever a stranger's file put into the message, no escape sequence comes out of it. */
static void log_write(enum log_level level, const char *said)
{
    _cleanup_free_ char *clean = text_clean(said, strlen(said));
    const char *message = clean ? clean : "(out of memory while saying what went wrong)";

    if (level == LOG_ERROR)
        snprintf(log_error, sizeof(log_error), "%s", message);
    if (log_sink)
        log_sink(level, message, log_sink_data);
    else if (level == LOG_ERROR)
        fprintf(stderr, "waypost: %s\n", message);
    else
        fprintf(stderr, "waypost: %s: %s\n", log_names[level], message);
}

const char *log_last_error(void)
{
    return log_error;
}

static void log_at_v(enum log_level level, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void log_at_v(enum log_level level, const char *fmt, va_list ap)
{
    _cleanup_free_ char *message = NULL;

    if (level > log_get_level())
        return;
    if (vasprintf(&message, fmt, ap) < 0) {
        message = NULL;
        log_write(level, "(out of memory while saying what went wrong)");
        return;
    }
    log_write(level, message);
}

void log_at(enum log_level level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_at_v(level, fmt, ap);
    va_end(ap);
}

static int err_v(int code, bool shortage, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static int err_v(int code, bool shortage, const char *fmt, va_list ap)
{
    _cleanup_free_ char *message = NULL;
    char remedy[SHORTAGE_TEXT_MAX];

    code = abs(code);
    if (vasprintf(&message, fmt, ap) < 0)
        message = NULL;
    if (shortage)
        log_at(LOG_ERROR, SHORTAGE_WORD "%s: %s; %s", message ? message : fmt, strerror(code),
               shortage_remedy(code, remedy));
    else
        log_at(LOG_ERROR, "%s: %s", message ? message : fmt, strerror(code));
    return -code;
}

int err_r(int code, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = err_v(code, shortage_is(code), fmt, ap);
    va_end(ap);
    return r;
}

int err_bpf(int code, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = err_v(code, shortage_is_of_bpf(code), fmt, ap);
    va_end(ap);
    return r;
}

int err_say(int code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_at_v(LOG_ERROR, fmt, ap);
    va_end(ap);
    return -abs(code);
}
