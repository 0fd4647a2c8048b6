// SPDX-License-Identifier: Apache-2.0
#include "show/flow_vars.h"

#include <ctype.h>
#include <string.h>

#include "show/owner.h"
#include "common/cleanup.h"
#include "common/text.h"

/* In the order in which they are printed. */
static const char *const flow_names[] = {
    "lab",
    "pod",
    "asked",
    "family",
    "client_errno",
    "client_stage",
    "client_local",
    "client_peer",
    "client_peers",
    "client_socket_cookie",
    "client_sent",
    "client_sent_digest",
    "client_received",
    "client_received_digest",
    "client_received_wrong_at",
    "client_longest_pause_ms",
    "client_elapsed_us",
    "client_deadline",
    "client_early_way",
    "client_early_bytes",
    "client_early_errno",
    "client_early_waited",
    "client_zerocopy_calls",
    "client_zerocopy_completions",
    "client_zerocopy_copied",
    "client_source",
    "client_sources",
    "client_answered",
    "hooks_before",
    "hooks_after",
    "hooks_lost",
    "listener_pod",
    "listener_port",
    "listener_protocol",
    "listener_local",
    "listener_peer",
    "listener_end",
    "listener_head",
    "listener_raw_bytes",
    "listener_tlv_status",
    "listener_tlv_destination",
    "listener_tlv_size",
    "listener_payload_bytes",
    "listener_payload_digest",
    "listener_payload_wrong_at",
};

static void flow_write_value(FILE *out, const json_t *value);

static void flow_write_clean(FILE *out, const char *text)
{
    _cleanup_free_ char *clean = strdup(text);

    if (clean)
        fputs(text_clean_line(clean), out);
}

/* "KEY=VALUE KEY=VALUE" */
static void flow_write_members(FILE *out, const json_t *object)
{
    const char *key, *gap = "";
    json_t *value;

    json_object_foreach ((json_t *)object, key, value) {
        fputs(gap, out);
        flow_write_clean(out, key);
        fputc('=', out);
        flow_write_value(out, value);
        gap = " ";
    }
}

static void flow_write_value(FILE *out, const json_t *value)
{
    const char *text = json_string_value(value);
    const json_t *item;
    size_t i;

    if (text)
        flow_write_clean(out, text);
    else if (json_is_integer(value))
        fprintf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        fprintf(out, "%g", json_real_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "true" : "false", out);
    json_array_foreach (value, i, item) {
        if (i > 0)
            fputc(' ', out);
        flow_write_value(out, item);
    }
    if (json_is_object(value))
        flow_write_members(out, value);
}

static json_t *flow_value_text(const json_t *value)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    if (!memory)
        return NULL;
    flow_write_value(memory, value);
    fclose(memory);
    return json_stringn_nocheck(text, size);
}

static bool flow_is_name(const char *key)
{
    return *key && !key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_")];
}

/* Depth is bounded by what an agent may answer, and checked all the same; so are the names. */
static void flow_flatten(json_t *flat, const char *prefix, const json_t *object, int depth)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)object, key, value) {
        _cleanup_free_ char *name = NULL;

        if (!flow_is_name(key) || text_format(&name, "%s%s%s", prefix, *prefix ? "_" : "", key) < 0)
            continue;
        if (json_is_object(value) && depth > 0 && strcmp(name, "client_peers") != 0)
            flow_flatten(flat, name, value, depth - 1);
        else if (!json_is_null(value) || json_object_get(flat, name))
            json_object_set_new_nocheck(flat, name, flow_value_text(value));
    }
}

/* -- Names for addresses ----------------------------------------------------------------------- */

enum flow_form { FLOW_PLAIN, FLOW_NAME };

/* "[::ffff:10.128.0.2]:80" as "10.128.0.2:80", or as "client:80" where somebody of the topology has
 * that address. */
static void flow_write_end(FILE *out, const char *text, enum flow_form form,
                           const struct topology *t, const char *client)
{
    const char *owner = NULL;
    char plain[ADDRESS_TEXT_MAX];
    struct address_port ap;

    if (address_port_parse(text, &ap) < 0)
        return;
    ap.address = address_unmapped(&ap.address);
    if (form == FLOW_NAME)
        owner = flow_owner(t, client, &ap);
    if (owner)
        fprintf(out, "%s:%u", owner, ap.port);
    else
        fputs(address_port_text(&ap, plain), out);
}

/* One address or several, separated by spaces; "=N" behind one stays as it is. */
static void flow_write_ends(FILE *out, const char *texts, enum flow_form form,
                            const struct topology *t, const char *client)
{
    for (const char *gap = ""; *texts; gap = " ") {
        size_t length = strcspn(texts, " "), end = strcspn(texts, " =");
        char one[ADDRESS_TEXT_MAX];

        snprintf(one, sizeof(one), "%.*s", (int)end, texts);
        fputs(gap, out);
        flow_write_end(out, one, form, t, client);
        fprintf(out, "%.*s", (int)(length - end), texts + end);
        texts += length + (texts[length] == ' ');
    }
}

static void flow_print_forms(FILE *out, const json_t *flat, const struct topology *t)
{
    static const struct {
        const char *name, *suffix;
        enum flow_form form;
    } forms[] = {
        {"asked", "name", FLOW_NAME},
        {"client_local", "plain", FLOW_PLAIN},
        {"client_peer", "plain", FLOW_PLAIN},
        {"client_peer", "name", FLOW_NAME},
        {"client_peers", "name", FLOW_NAME},
        {"client_source", "name", FLOW_NAME},
        {"client_sources", "name", FLOW_NAME},
        {"client_answered", "name", FLOW_NAME},
        {"listener_local", "name", FLOW_NAME},
        {"listener_peer", "name", FLOW_NAME},
        {"hooks_before", "name", FLOW_NAME},
        {"hooks_after", "name", FLOW_NAME},
        {"listener_tlv_destination", "plain", FLOW_PLAIN},
        {"listener_tlv_destination", "name", FLOW_NAME},
    };
    const char *client = json_string_value(json_object_get(flat, "pod"));

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        const char *texts = json_string_value(json_object_get(flat, forms[i].name));

        fprintf(out, "%s_%s=", forms[i].name, forms[i].suffix);
        flow_write_ends(out, texts ? texts : "", forms[i].form, t, client);
        fputc('\n', out);
    }
}

void flow_print_vars(FILE *out, const json_t *observation, const struct topology *t)
{
    _cleanup_json_ json_t *flat = json_object();
    const char *name;
    json_t *value;

    for (size_t i = 0; i < ARRAY_SIZE(flow_names); i++)
        json_object_set_new(flat, flow_names[i], json_string(""));
    flow_flatten(flat, "", observation, 4);
    json_object_foreach (flat, name, value)
        fprintf(out, "%s=%s\n", name, json_string_value(value));
    flow_print_forms(out, flat, t);
}
