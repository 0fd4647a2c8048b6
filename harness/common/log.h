/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log and the errors. Errors are negative errno values; an error is said once, where it is
 * known, and returned in the same expression:
 *
 *     return err_r(errno, "cannot open cgroup '%s'", path);
 */
#pragma once

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/*
 * Messages go to stderr as `waypost: MESSAGE` (warnings and below with their level). The default
 * level is LOG_WARNING; the environment variable WAYPOST_LOG (error, warning, info, debug) and
 * `waypost -v` change it.
 */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* Takes a level's name; -EINVAL when there is no such level. Says nothing. */
int log_level_from_name(const char *name, enum log_level *out);
void log_at(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_at(LOG_DEBUG, __VA_ARGS__)

/*
 * Says the message with the error's own text behind it, and returns the code as a negative errno.
 * `code` may be a positive or a negative errno; it is read before anything is printed. What the
 * machine is short of (common/shortage.h) is said as that, with how to get it.
 */
int err_r(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same of bpf(2), where the verifier said nothing (common/shortage.h). */
int err_bpf(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same without the error's text: for a person's mistake, where strerror() tells nothing. */
int err_say(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The last sentence of err_r() or err_say() in this thread, cut to 1 KiB; "" when there was none.
 */
const char *log_last_error(void);

/*
 * Where errors go instead of stderr, for a caller that reports them in its own way (the agent's
 * answers, the unit tests). NULL gives stderr back. The message has no newline.
 */
typedef void (*log_sink_fn)(enum log_level level, const char *message, void *data);
void log_set_sink(log_sink_fn sink, void *data);
