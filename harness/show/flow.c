// SPDX-License-Identifier: Apache-2.0
#include "show/flow.h"

#include <string.h>

#include "show/owner.h"

/* A member by path, "listener.tlv.status"; NULL for what is not there or null. */
static const json_t *flow_at(const json_t *j, const char *path)
{
    while (j && *path) {
        size_t length = strcspn(path, ".");
        char key[32];

        snprintf(key, sizeof(key), "%.*s", (int)length, path);
        j = json_object_get(j, key);
        path += length + (path[length] == '.');
    }
    return json_is_null(j) ? NULL : j;
}

/* "?" stands for what should be there and is not. */
static const char *flow_text(const json_t *j, const char *path)
{
    const char *text = json_string_value(flow_at(j, path));

    return text ? text : "?";
}

static long long flow_number(const json_t *j, const char *path)
{
    return json_integer_value(flow_at(j, path));
}

/* "10.96.0.1:80 (web)". */
static void flow_print_named(FILE *out, const json_t *o, const struct topology *t, const char *text)
{
    const char *owner = NULL;
    struct address_port ap;

    if (address_port_parse(text, &ap) == 0)
        owner = flow_owner(t, flow_text(o, "pod"), &ap);
    fputs(text, out);
    if (owner)
        fprintf(out, " (%s)", owner);
}

static void flow_print_end(FILE *out, const json_t *o, const struct topology *t, const char *path)
{
    flow_print_named(out, o, t, flow_text(o, path));
}

static void flow_print_peers(FILE *out, const json_t *o, const struct topology *t)
{
    const char *peer;
    json_t *n;

    json_object_foreach ((json_t *)flow_at(o, "client.peers"), peer, n) {
        fprintf(out, "repeat    %lld times ", (long long)json_integer_value(n));
        flow_print_named(out, o, t, peer);
        fputc('\n', out);
    }
}

static void flow_print_client(FILE *out, const json_t *o, const struct topology *t)
{
    const json_t *peer = flow_at(o, "client.peer");
    const json_t *error = flow_at(o, "client.errno");
    long long received = flow_number(o, "client.received");

    fprintf(out, "%s → ", flow_text(o, "pod"));
    if (flow_at(o, "asked")) {
        flow_print_end(out, o, t, "asked");
        fputs(": ", out);
    }
    if (peer) {
        fputs("connected to ", out);
        flow_print_end(out, o, t, "client.peer");
    }
    if (error)
        fprintf(out, "%s%s at %s", peer ? ", then " : "", flow_text(o, "client.errno"),
                flow_text(o, "client.stage"));
    if (received > 0)
        fprintf(out, ", received %lld bytes", received);
    if (flow_at(o, "client.received_wrong_at"))
        fprintf(out, ", wrong from byte %lld", flow_number(o, "client.received_wrong_at"));
    fputc('\n', out);
}

static void flow_print_hooks(FILE *out, const json_t *o)
{
    const json_t *before = flow_at(o, "hooks.before");
    const json_t *after = flow_at(o, "hooks.after");
    size_t n = json_array_size(before), m = json_array_size(after);

    for (size_t i = 0; i < n || i < m; i++) {
        const char *from = i < n ? json_string_value(json_array_get(before, i)) : NULL;
        const char *to = i < m ? json_string_value(json_array_get(after, i)) : NULL;

        if (from && to && strcmp(from, to) == 0)
            fprintf(out, "hooks     %s, unchanged\n", from);
        else
            fprintf(out, "hooks     %s → %s\n", from ? from : "nothing", to ? to : "nothing");
    }
    if (n == 0 && m == 0)
        fputs("hooks     saw no connect\n", out);
    if (flow_number(o, "hooks.lost") > 0)
        fprintf(out,
                "          %lld events of the pod were lost, which may have been this flow's\n",
                flow_number(o, "hooks.lost"));
}

static void flow_print_tlv(FILE *out, const json_t *o)
{
    const char *status = flow_text(o, "listener.tlv.status");

    if (strcmp(status, "ok") == 0)
        fprintf(out, "TLV %s", flow_text(o, "listener.tlv.destination"));
    else if (strcmp(status, "none") == 0)
        fputs("no TLV", out);
    else if (flow_at(o, "listener.tlv.destination"))
        fprintf(out, "TLV %s: %s", flow_text(o, "listener.tlv.destination"), status);
    else
        fprintf(out, "TLV %s", status);
}

static void flow_print_payload(FILE *out, const json_t *o)
{
    long long bytes = flow_number(o, "listener.payload.bytes");
    long long sent = flow_number(o, "client.sent");

    if (bytes == 0 && sent == 0)
        fputs("no payload", out);
    else if (bytes == sent &&
             json_equal(flow_at(o, "listener.payload.digest"), flow_at(o, "client.sent_digest")))
        fprintf(out, "payload %lld bytes as sent", bytes);
    else if (!flow_at(o, "client")) /* not an agent's: nothing to compare with */
        fprintf(out, "payload %lld bytes", bytes);
    else
        fprintf(out, "payload %lld bytes of %lld sent", bytes, sent);
    if (flow_at(o, "client") && flow_at(o, "listener.payload.wrong_at"))
        fprintf(out, ", wrong from byte %lld", flow_number(o, "listener.payload.wrong_at"));
}

void flow_print_listener(FILE *out, const json_t *o)
{
    if (!flow_at(o, "listener")) {
        fputs("listener  none\n", out);
        return;
    }
    fprintf(out, "listener  %s:%lld from %s, ", flow_text(o, "listener.pod"),
            flow_number(o, "listener.port"), flow_text(o, "listener.peer"));
    flow_print_tlv(out, o);
    fputs(", ", out);
    flow_print_payload(out, o);
    fputc('\n', out);
}

void flow_print_text(FILE *out, const json_t *observation, const struct topology *t)
{
    flow_print_client(out, observation, t);
    flow_print_peers(out, observation, t);
    flow_print_hooks(out, observation);
    flow_print_listener(out, observation);
}
