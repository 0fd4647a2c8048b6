// SPDX-License-Identifier: Apache-2.0
#include "field/judge.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"

static const struct {
    const char *name, *place;
} judge_partings[] = {
    [PART_NONE] = {"none", "nowhere"},
    [PART_END] = {"end", "the connect hook"},
    [PART_PORT] = {"port", "the connect hook"},
    [PART_NOT_SENT] = {"not-sent", "the connect hook"},
    [PART_SENT] = {"sent", "the connect hook"},
    [PART_NO_TLV] = {"no-tlv", "the first bytes"},
    [PART_TLV] = {"tlv", "the first bytes"},
    [PART_WRONG_TLV] = {"wrong-tlv", "the first bytes"},
    [PART_STREAM] = {"stream", "the bytes behind it"},
    [PART_REFUSED] = {"refused", "the connection"},
    [PART_NEVER] = {"never", "the choice of an endpoint"},
};

const char *parting_name(enum parting parting)
{
    return judge_partings[parting].name;
}

const char *parting_place(enum parting parting)
{
    return judge_partings[parting].place;
}

static const char *judge_string(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool judge_address(const char *text, struct address_port *out)
{
    if (!text || address_port_parse(text, out) < 0)
        return false;
    out->address = address_unmapped(&out->address);
    return true;
}

static bool judge_whole(const json_t *client, const json_t *listener)
{
    const json_t *payload = json_object_get(listener, "payload");

    if (!json_is_object(listener) || judge_string(client, "errno"))
        return true;
    return json_is_null(json_object_get(payload, "wrong_at")) &&
           json_integer_value(json_object_get(payload, "bytes")) ==
               json_integer_value(json_object_get(client, "sent"));
}

void seen_read(const json_t *observation, struct seen *out)
{
    const json_t *client = json_object_get(observation, "client");
    const json_t *listener = json_object_get(observation, "listener");
    const json_t *after = json_object_get(json_object_get(observation, "hooks"), "after");
    const json_t *tlv = json_object_get(listener, "tlv");

    *out = (struct seen){.error = judge_string(client, "errno"),
                         .stage = judge_string(client, "stage"),
                         .tlv = judge_string(tlv, "status"),
                         .destination = judge_string(tlv, "destination"),
                         .whole = judge_whole(client, listener)};
    if (!judge_address(json_string_value(json_array_get(after, json_array_size(after) - 1)),
                       &out->end) &&
        !judge_address(judge_string(client, "peer"), &out->end))
        out->end = (struct address_port){};
}

static bool judge_is_tlv(const char *status)
{
    return status && strcmp(status, "none") != 0 && strcmp(status, "pending") != 0;
}

static bool judge_has_end(const struct prediction *p, const struct address_port *end,
                          const struct outcome **out)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->outcomes[i].kind != OUTCOME_REFUSED && address_port_equal(&p->outcomes[i].to, end)) {
            *out = &p->outcomes[i];
            return true;
        }
    return false;
}

static bool judge_has_address(const struct prediction *p, const struct address *address)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->outcomes[i].kind != OUTCOME_REFUSED && p->outcomes[i].kind != OUTCOME_UNTOUCHED &&
            address_equal(&p->outcomes[i].to.address, address))
            return true;
    return false;
}

__attribute__((format(printf, 3, 4))) static void judge_say(struct judgement *j, enum parting what,
                                                            const char *fmt, ...)
{
    va_list ap;

    j->parting = what;
    va_start(ap, fmt);
    (void)vsnprintf(j->text, sizeof(j->text), fmt, ap);
    va_end(ap);
}

/* It went where the contract does not let it go. */
static void judge_end(const struct prediction *p, const struct address_port *asked,
                      const struct seen *seen, struct judgement *out)
{
    char text[ADDRESS_TEXT_MAX];

    address_port_text(&seen->end, text);
    if (address_port_equal(&seen->end, asked))
        judge_say(out, PART_NOT_SENT, "it was left as it was asked, and had to be redirected");
    else if (p->n == 1 && p->outcomes[0].kind == OUTCOME_UNTOUCHED)
        judge_say(out, PART_SENT, "it was sent to %s, and had to be left as it was asked", text);
    else if (judge_has_address(p, &seen->end.address))
        judge_say(out, PART_PORT, "the right address, another port: %u", seen->end.port);
    else
        judge_say(out, PART_END, "it was sent to %s", text);
}

static void judge_tlv(const struct outcome *outcome, const struct address_port *asked,
                      const struct seen *seen, struct judgement *out)
{
    struct address_port destination;
    bool is_tlv = judge_is_tlv(seen->tlv);

    if (outcome->kind != OUTCOME_WAYPOINT) {
        if (is_tlv)
            judge_say(out, PART_TLV, "the server read a TLV (%s)", seen->tlv);
        return;
    }
    if (!is_tlv)
        judge_say(out, PART_NO_TLV, "the waypoint read no TLV");
    else if (strcmp(seen->tlv, "ok") != 0)
        judge_say(out, PART_WRONG_TLV, "the TLV is %s", seen->tlv);
    else if (!judge_address(seen->destination, &destination) ||
             !address_port_equal(&destination, asked))
        judge_say(out, PART_WRONG_TLV, "the TLV's destination is %s",
                  seen->destination ? seen->destination : "none");
}

void judge(const struct prediction *p, const struct address_port *asked, const struct seen *seen,
           bool listens, struct judgement *out)
{
    struct address_port plain = {address_unmapped(&asked->address), asked->port};
    bool at_connect = seen->error && seen->stage && strcmp(seen->stage, "connect") == 0;
    const struct outcome *outcome;

    *out = (struct judgement){.parting = PART_NONE};
    if (at_connect && prediction_has(p, OUTCOME_REFUSED, NULL))
        return;
    if (seen->end.address.af == AF_UNSPEC || p->cut)
        return; /* nobody can tell */
    if (!judge_has_end(p, &seen->end, &outcome)) {
        judge_end(p, &plain, seen, out);
        return;
    }
    if (seen->error && listens) {
        judge_say(out, PART_REFUSED, "%s at %s, where a listener waits", seen->error,
                  seen->stage ? seen->stage : "the end");
        return;
    }
    if (seen->error && outcome->kind != OUTCOME_UNTOUCHED)
        judge_say(out, PART_NONE,
                  "nobody listens there in the lab: what it would send is not seen");
    if (seen->tlv)
        judge_tlv(outcome, &plain, seen, out);
    if (out->parting == PART_NONE && !seen->whole)
        judge_say(out, PART_STREAM, "the listener did not read what was sent");
}

void judge_many(const struct prediction *p, const json_t *peers, struct judgement *out)
{
    char text[ADDRESS_TEXT_MAX];

    *out = (struct judgement){.parting = PART_NONE};
    for (size_t i = 0; i < p->n; i++) {
        struct address_port mapped = {address_mapped(&p->outcomes[i].to.address),
                                      p->outcomes[i].to.port};
        char other[ADDRESS_TEXT_MAX];

        address_port_text(&p->outcomes[i].to, text);
        address_port_text(&mapped, other);
        if (json_object_get(peers, text) || json_object_get(peers, other))
            continue;
        judge_say(out, PART_NEVER, "of many connections none went to %s", text);
        return;
    }
}

static const char *judge_kind(enum outcome_kind kind)
{
    static const char *const names[] = {
        [OUTCOME_UNTOUCHED] = "untouched",
        [OUTCOME_BACKEND] = "backend",
        [OUTCOME_WAYPOINT] = "waypoint",
        [OUTCOME_REFUSED] = "refused",
    };

    return names[kind];
}

static void judge_outcome_text(const struct outcome *o, char *out, size_t size)
{
    char text[ADDRESS_TEXT_MAX];

    address_port_text(&o->to, text);
    if (o->kind == OUTCOME_UNTOUCHED)
        snprintf(out, size, "untouched (%s, no TLV)", text);
    else if (o->kind == OUTCOME_REFUSED)
        snprintf(out, size, "refused");
    else
        snprintf(out, size, "%s, %s", text, o->kind == OUTCOME_WAYPOINT ? "with a TLV" : "no TLV");
}

void prediction_text(const struct prediction *p, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "%s:", p->row);

    for (size_t i = 0; i < p->n && used + 1 < size; i++) {
        char text[128];

        if (i == 3 && p->n > 4) {
            snprintf(out + used, size - used, "; or one of %zu more", p->n - i);
            return;
        }
        judge_outcome_text(&p->outcomes[i], text, sizeof(text));
        used += (size_t)snprintf(out + used, size - used, "%s %s", i ? "; or" : "", text);
    }
}

void seen_text(const struct seen *s, char *out, size_t size)
{
    char end[ADDRESS_TEXT_MAX] = "nothing";
    const char *tlv = "";

    if (s->end.address.af != AF_UNSPEC)
        address_port_text(&s->end, end);
    if (s->tlv)
        tlv = judge_is_tlv(s->tlv) ? ", with a TLV" : ", no TLV";
    snprintf(out, size, "%s%s%s%s%s%s%s", end, tlv, s->destination ? " for " : "",
             s->destination ? s->destination : "", s->error ? ", " : "", s->error ? s->error : "",
             s->whole ? "" : ", other bytes than were sent");
}

json_t *prediction_json(const struct prediction *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(list, json_pack("{s:s, s:o}", "kind", judge_kind(p->outcomes[i].kind),
                                              "to", json_address_port(&p->outcomes[i].to)));
    return json_pack("{s:s, s:b, s:o}", "row", p->row, "each", p->each, "outcomes", list);
}

json_t *seen_json(const struct seen *s)
{
    return json_pack("{s:o, s:s?, s:s?, s:s?, s:s?, s:b}", "end",
                     s->end.address.af == AF_UNSPEC ? json_null() : json_address_port(&s->end),
                     "errno", s->error, "stage", s->stage, "tlv", s->tlv, "destination",
                     s->destination, "whole", s->whole);
}
