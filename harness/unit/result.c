// SPDX-License-Identifier: Apache-2.0
#include "unit/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "unit/format.h"
#include "unit/wire.h"

bool unit_status_read(uint64_t value, enum unit_status *out)
{
    if (value >= UNIT_STATUS_NEW)
        value -= UNIT_STATUS_NEW;
    if (value > UNIT_SKIP)
        return false;
    *out = (enum unit_status)value;
    return true;
}

void result_free(struct result *result)
{
    for (size_t i = 0; i < result->n_cases; i++) {
        free(result->cases[i].name);
        strings_clear(&result->cases[i].log);
    }
    free(result->cases);
    strings_clear(&result->log);
    *result = (struct result){};
}

static int result_no_sense(struct strings *why, const char *message, const char *what)
{
    return lines_say(why, -EBADMSG, "the result map makes no sense: %s %s", message, what);
}

/* ---- Log ---- */

struct result_log {
    struct wire fmt;
    uint64_t args[RESULT_ARGS_MAX];
    size_t n_args;
};

static int result_log_field(const struct wire_field *field, struct result_log *log,
                            struct strings *why)
{
    if (field->number == 1 && field->type == WIRE_BYTES && !log->fmt.at) {
        log->fmt = field->bytes;
        return 0;
    }
    if (field->number == 2 && field->type == WIRE_FIXED64) {
        if (log->n_args == RESULT_ARGS_MAX)
            return result_no_sense(why, "a log entry", "has too many arguments");
        log->args[log->n_args++] = field->value;
        return 0;
    }
    return result_no_sense(why, "a log entry", "has a field that is not its own");
}

static int result_read_log(struct wire w, struct strings *out, struct strings *why)
{
    _cleanup_free_ char *text = NULL;
    struct result_log log = {};
    struct wire_field field;
    int r;

    while ((r = wire_next(&w, &field)) > 0) {
        r = result_log_field(&field, &log, why);
        if (r < 0)
            return r;
    }
    if (r < 0)
        return result_no_sense(why, "a log entry",
                               "is cut off or damaged (has it more than 127 bytes?)");
    if (!log.fmt.at)
        return result_no_sense(why, "a log entry", "has no format");
    r = result_format((const char *)log.fmt.at, wire_left(&log.fmt), log.args, log.n_args, &text);
    return r < 0 ? r : lines_say(out, 0, "%s", text);
}

/* ---- TestResult ---- */

static int result_take_name(struct wire bytes, struct result_case *c, struct strings *why)
{
    if (c->name)
        return result_no_sense(why, "a test", "has two names");
    if (wire_left(&bytes) == 0 || !*bytes.at)
        return result_no_sense(why, "a test", "has an empty name");
    c->name = strndup((const char *)bytes.at, wire_left(&bytes));
    return c->name ? 0 : -ENOMEM;
}

static int result_case_field(const struct wire_field *field, struct result_case *c,
                             struct strings *why)
{
    if (field->number == 1 && field->type == WIRE_BYTES)
        return result_take_name(field->bytes, c, why);
    if (field->number == 2 && field->type == WIRE_VARINT) {
        return unit_status_read(field->value, &c->status)
                   ? 0
                   : result_no_sense(why, "a test", "has a status that there is not");
    }
    if (field->number == 3 && field->type == WIRE_BYTES)
        return result_read_log(field->bytes, &c->log, why);
    return result_no_sense(why, "a test", "has a field that is not its own");
}

static int result_fill_case(struct wire w, struct result_case *c, struct strings *why)
{
    struct wire_field field;
    int r;

    while ((r = wire_next(&w, &field)) > 0) {
        r = result_case_field(&field, c, why);
        if (r < 0)
            return r;
    }
    if (r < 0)
        return result_no_sense(why, "a test", "is cut off or damaged");
    return c->name ? 0 : result_no_sense(why, "a test", "has no name: was it left by a return?");
}

static int result_read_case(struct wire w, struct result *out, struct strings *why)
{
    struct result_case *cases;
    int r;

    if (out->n_cases == RESULT_CASES_MAX)
        return result_no_sense(why, "it", "has too many tests");
    cases = reallocarray(out->cases, out->n_cases + 1, sizeof(*cases));
    if (!cases)
        return -ENOMEM;
    out->cases = cases;
    cases[out->n_cases] = (struct result_case){};
    r = result_fill_case(w, &cases[out->n_cases], why);
    if (cases[out->n_cases].name)
        out->n_cases++;
    else
        strings_clear(&cases[out->n_cases].log);
    return r;
}

/* ---- SuiteResult ---- */

static int result_field(const struct wire_field *field, struct result *out, struct strings *why)
{
    if (field->type == WIRE_BYTES && field->number == 1)
        return result_read_case(field->bytes, out, why);
    if (field->type == WIRE_BYTES && field->number == 2)
        return result_read_log(field->bytes, &out->log, why);
    return result_no_sense(why, "it", "has a field that is neither test nor log");
}

int result_read(const void *value, size_t size, struct result *out, struct strings *why)
{
    const uint8_t *bytes = value;
    struct wire w = {bytes, bytes + size};
    struct wire_field field;
    int r;

    /* No field begins with a zero: here the message ends. */
    while (w.at < w.end && *w.at) {
        r = wire_next(&w, &field);
        if (r < 0)
            return result_no_sense(why, "it", "is cut off or damaged");
        r = result_field(&field, out, why);
        if (r < 0)
            return r;
    }
    for (; w.at < w.end; w.at++)
        if (*w.at)
            return result_no_sense(why, "it", "goes on behind its end");
    return 0;
}
