// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "common/cleanup.h"
#include "field/emit.h"
#include "maps/encode.h"

/* NAME:PORT, or the address where nobody of the lab has it. */
static const char *emit_name(const struct emit *e, const struct address_port *ap,
                             char out[ADDRESS_TEXT_MAX])
{
    const struct reachable_pod *pod = reachable_pod(e->reachable, &ap->address);
    const struct reachable_service *service = reachable_service(e->reachable, &ap->address);

    if (!pod && !service)
        return address_port_text(ap, out);
    snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", service ? service->name : pod->name, ap->port);
    return out;
}

static const char *emit_tags(enum family family)
{
    switch (family) {
    case FAMILY_V4:
        return "no-v6,no-mapped";
    case FAMILY_V6:
        return "no-v4,no-mapped";
    default:
        return "no-v4,no-v6";
    }
}

static bool emit_is_sure(const struct prediction *p)
{
    return p->n == 1 && p->outcomes[0].kind != OUTCOME_REFUSED;
}

/* Where there is a choice: one of these. */
static void emit_expect_choice(FILE *f, const struct emit *e, const struct drive_step *step)
{
    const struct prediction *p = &step->prediction;
    char text[ADDRESS_TEXT_MAX], asked[ADDRESS_TEXT_MAX];
    bool first = true;

    fprintf(f, "    expect_seen_like \"where it went\" hooks_after_name '@(");
    for (size_t i = 0; i < p->n; i++) {
        if (p->outcomes[i].kind == OUTCOME_REFUSED)
            continue;
        fprintf(f, "%s%s", first ? "" : "|", emit_name(e, &p->outcomes[i].to, text));
        first = false;
    }
    fprintf(f, ")'\n    observed hooks_after_name\n");
    for (size_t i = 0; i < p->n; i++) {
        emit_name(e, &p->outcomes[i].to, text);
        if (p->outcomes[i].kind == OUTCOME_WAYPOINT)
            fprintf(f, "    [[ $output != %s ]] || expect_waypoint %s %s\n", text, text,
                    emit_name(e, &step->asked, asked));
        if (p->outcomes[i].kind == OUTCOME_BACKEND)
            fprintf(f, "    [[ $output != %s ]] || expect_backend %s\n", text, text);
    }
}

static void emit_expect(FILE *f, const struct emit *e, const struct drive_step *step)
{
    const struct prediction *p = &step->prediction;
    char end[ADDRESS_TEXT_MAX], asked[ADDRESS_TEXT_MAX];

    if (!emit_is_sure(p)) {
        emit_expect_choice(f, e, step);
        return;
    }
    emit_name(e, &p->outcomes[0].to, end);
    switch (p->outcomes[0].kind) {
    case OUTCOME_UNTOUCHED:
        fprintf(f, "    expect_untouched\n");
        break;
    case OUTCOME_BACKEND:
        fprintf(f, "    expect_backend %s\n", end);
        break;
    default:
        fprintf(f, "    expect_waypoint %s %s\n", end, emit_name(e, &step->asked, asked));
    }
}

static void emit_step(FILE *f, const struct emit *e, size_t i)
{
    const struct drive_step *step = &e->driven->steps[i];
    const char *client = e->reachable->pods[e->reachable->flows[0].client].name;
    char asked[ADDRESS_TEXT_MAX], end[ADDRESS_TEXT_MAX];
    bool last = i + 1 == e->driven->n;

    emit_name(e, &step->asked, asked);
    if (e->driven->n == 1 && step->prediction.each) {
        fprintf(f, "    connect_many %zu %s %s\n    expect_peers", 24 * step->prediction.n, client,
                asked);
        for (size_t j = 0; j < step->prediction.n; j++)
            fprintf(f, " %s", emit_name(e, &step->prediction.outcomes[j].to, end));
        fprintf(f, "\n");
        return;
    }
    if (last)
        fprintf(f, "    flow %s %s", client, asked);
    else
        fprintf(f, "    keep again %s %s", client, asked);
    if (last && e->driven->n > 1)
        fprintf(f, " --socket again");
    fprintf(f, "%s\n", i ? " --disconnect" : "");
    emit_expect(f, e, step);
}

static void emit_json(FILE *f, const struct map_field *fields, const uint8_t *bytes, size_t size)
{
    _cleanup_json_ json_t *j = map_encode_json(fields, PORT_ORDER_HOST, bytes, size);

    fprintf(f, " '");
    json_dumpf(j, f, JSON_COMPACT | JSON_PRESERVE_ORDER);
    fprintf(f, "'");
}

/* The lines that make one map from the topology's what it was. */
static void emit_difference(FILE *f, const struct cluster *from, const struct cluster *to,
                            enum cluster_map which)
{
    const struct map_layout *layout = map_layout(cluster_map_name(which));
    const struct map_entries *was = &from->maps[which], *now = &to->maps[which];

    for (size_t i = 0; i < was->n; i++) {
        if (map_entries_find(now, map_entries_key(was, i)) >= 0)
            continue;
        fprintf(f, "    map_delete %s", layout->name);
        emit_json(f, layout->key, map_entries_key(was, i), was->key_size);
        fprintf(f, "\n");
    }
    for (size_t i = 0; i < now->n; i++) {
        ssize_t at = map_entries_find(was, map_entries_key(now, i));

        if (at >= 0 && memcmp(map_entries_value(was, (size_t)at), map_entries_value(now, i),
                              now->value_size) == 0)
            continue;
        fprintf(f, "    map_set %s", layout->name);
        emit_json(f, layout->key, map_entries_key(now, i), now->key_size);
        emit_json(f, layout->value, map_entries_value(now, i), now->value_size);
        fprintf(f, "\n");
    }
}

/* A client that km_manage has by halves: the topology enrols it whole. */
static void emit_manage(FILE *f, const struct emit *e)
{
    const struct reachable_pod *client = &e->reachable->pods[e->reachable->flows[0].client];

    if (!client->cookie && !client->in_v4 && !client->in_v6)
        return;
    if (!client->cookie)
        fprintf(f, "    map_delete km_manage '{\"cookie\": \"%s\"}'\n", client->name);
    if (client->v4.af != AF_UNSPEC && !client->in_v4)
        fprintf(f, "    map_delete km_manage '{\"address\": \"%s/v4\"}'\n", client->name);
    if (client->v6.af != AF_UNSPEC && !client->in_v6)
        fprintf(f, "    map_delete km_manage '{\"address\": \"%s/v6\"}'\n", client->name);
}

static void emit_title(FILE *f, const struct emit *e)
{
    const struct drive_step *step =
        &e->driven->steps[e->driven->parted < e->driven->n ? e->driven->parted : 0];
    const struct reachable_pod *client = &e->reachable->pods[e->reachable->flows[0].client];
    char asked[ADDRESS_TEXT_MAX];

    fprintf(f, "# Seen: at %s, %s.\n# bats test_tags=%s\n@test \"%s %s to %s%s\" {\n",
            parting_place(step->judgement.parting), step->judgement.text,
            emit_tags(e->reachable->flows[0].family),
            step->judgement.parting == PART_NEVER                       ? "LB-1"
            : e->driven->parted > 0 && e->driven->parted < e->driven->n ? "CN-12"
                                                                        : step->prediction.row,
            client->name, emit_name(e, &step->asked, asked),
            e->driven->n > 1 ? ", a connect after another on the same socket" : "");
}

int emit_join(const struct cluster *topology, const struct cluster *wanted, struct cluster *out)
{
    int r = 0;

    cluster_init(out);
    for (size_t i = 0; i < CLUSTER_MAPS; i++) {
        const struct map_entries *own = &topology->maps[i], *more = &wanted->maps[i];

        for (size_t j = 0; r == 0 && j < own->n; j++)
            r = map_entries_add(&out->maps[i], map_entries_key(own, j), map_entries_value(own, j));
        for (size_t j = 0; r == 0 && j < more->n; j++)
            if (map_entries_find(own, map_entries_key(more, j)) < 0)
                r = map_entries_add(&out->maps[i], map_entries_key(more, j),
                                    map_entries_value(more, j));
        if (r == 0)
            r = map_entries_sort(&out->maps[i]);
    }
    if (r < 0)
        cluster_free(out);
    return r;
}

void emit_test(FILE *f, const struct emit *e, const struct cluster *from, const struct cluster *to)
{
    fprintf(f,
            "#!/usr/bin/env bats\n# SPDX-License-Identifier: Apache-2.0\n"
            "# Shrunk from a bundle by `waypost shrink`.\n\nload lib/waypost\n\n"
            "setup_file() {\n    lab_up %s\n}\n\nteardown_file() {\n    lab_down\n}\n\n"
            "setup() {\n    lab_reset\n",
            e->name);
    emit_manage(f, e);
    for (size_t i = 0; from && i < CLUSTER_MAPS; i++)
        emit_difference(f, from, to, (enum cluster_map)i);
    fprintf(f, "}\n\n");
    emit_title(f, e);
    for (size_t i = 0; i < e->driven->n; i++)
        emit_step(f, e, i);
    fprintf(f, "}\n");
}
