// SPDX-License-Identifier: Apache-2.0
#include "cli/records.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "show/owner.h"
#include "common/cleanup.h"
#include "common/text.h"

/* "10.128.0.2:80" as "client:80"; NULL when it is no address with a port, or, unless `always`, when
 * nobody has it. The caller frees it. */
static char *record_end_name(const char *text, const struct topology *t, bool always)
{
    char plain[ADDRESS_TEXT_MAX], *name;
    struct address_port ap;
    const char *owner;

    if (!text || address_port_parse(text, &ap) < 0)
        return NULL;
    owner = flow_owner(t, NULL, &ap);
    if (!owner)
        return always ? strdup(address_port_text(&ap, plain)) : NULL;
    text_format(&name, "%s:%u", owner, ap.port);
    return name;
}

static void record_put(json_t *out, const char *name, json_t *value, const struct topology *t,
                       bool always)
{
    _cleanup_free_ char *end = record_end_name(json_string_value(value), t, always);
    _cleanup_free_ char *second = NULL;

    json_object_set(out, name, value);
    if (!end)
        return;
    if (text_format(&second, "%s_name", name) == 0)
        json_object_set_new(out, second, json_string(end));
}

static json_t *record_named(const json_t *record, const struct topology *t)
{
    json_t *named = json_object(), *value;
    const char *name;

    json_object_foreach ((json_t *)record, name, value) {
        if (json_is_object(value))
            json_object_set_new(named, name, record_named(value, t));
        else
            record_put(named, name, value, t, false);
    }
    return named;
}

void record_print_json(const json_t *record, const struct topology *t)
{
    _cleanup_json_ json_t *named = record_named(record, t);

    cli_print_json(named);
}

/* Of what is nested, two levels: a field, and the ends of its tuple. */
static json_t *record_flat(const json_t *record, const struct topology *t)
{
    json_t *flat = json_object(), *value, *inner;
    const char *name, *key;

    json_object_foreach ((json_t *)record, name, value) {
        if (!json_is_object(value))
            record_put(flat, name, value, t, true);
        json_object_foreach (value, key, inner) {
            _cleanup_free_ char *joined = NULL;

            if (text_format(&joined, "%s_%s", name, key) == 0)
                record_put(flat, joined, inner, t, true);
        }
    }
    return flat;
}

void record_print_vars(const json_t *record, const struct topology *t)
{
    _cleanup_json_ json_t *flat = record_flat(record, t);
    const char *name;
    json_t *value;

    json_object_foreach (flat, name, value) {
        if (json_is_integer(value))
            printf("%s=%lld\n", name, (long long)json_integer_value(value));
        else
            printf("%s=%s\n", name, json_is_string(value) ? json_string_value(value) : "");
    }
    putchar('\n');
}
