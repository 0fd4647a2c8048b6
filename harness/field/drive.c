// SPDX-License-Identifier: Apache-2.0
#include "field/drive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/observe.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

#define DRIVE_DEADLINE_MS 3000
/* Connections per endpoint, of which a fair choice misses one once in 10^10. */
#define DRIVE_EACH     24
#define DRIVE_EACH_MAX 4096

void driven_release(struct driven *driven)
{
    for (size_t i = 0; i < driven->n; i++) {
        prediction_release(&driven->steps[i].prediction);
        json_decref(driven->steps[i].observation);
    }
    *driven = (struct driven){};
}

static int drive_observe(const struct bundle_lab *s, const struct reachable_flow *flow, size_t step,
                         int repeat, json_t **out)
{
    bool several = flow->n_to > 1, keep = several && step + 1 < flow->n_to && !repeat;
    _cleanup_json_ json_t *request =
        json_pack("{s:s, s:s, s:i, s:i}", "op", "flow", "family", family_name(flow->family),
                  "bytes", repeat ? 0 : 64, "deadline_ms", DRIVE_DEADLINE_MS);
    char text[ADDRESS_TEXT_MAX];
    struct observe o = {.pod = s->reachable->pods[flow->client].name,
                        .to = address_port_text(&flow->to[step], text),
                        .family = flow->family,
                        .request = request,
                        .deadline_ms = DRIVE_DEADLINE_MS,
                        .keep = keep};

    if (!request)
        return err_r(ENOMEM, "cannot make a flow");
    if (repeat)
        json_object_set_new(request, "repeat", json_integer(repeat));
    if (several && !repeat)
        json_object_set_new(request, "socket", json_sprintf("field-%u", s->drives));
    if (keep)
        json_object_set_new(request, "end", json_string("keep"));
    if (several && step > 0 && !repeat)
        json_object_set_new(request, "disconnect", json_true());
    return observe_flow(s->lab, &o, out);
}

/* A listener of the lab where the client ended. */
static bool drive_listens(const struct bundle_lab *s, const struct reachable_flow *flow,
                          const struct address_port *end)
{
    const struct reachable_pod *pod = observe_is_loopback(&end->address)
                                          ? &s->reachable->pods[flow->client]
                                          : reachable_pod(s->reachable, &end->address);

    for (size_t i = 0; pod && i < pod->n_ports; i++)
        if (pod->ports[i] == end->port)
            return true;
    return false;
}

/* LB-1: whether each of the endpoints comes up. */
static int drive_many(const struct bundle_lab *s, const struct reachable_flow *flow, size_t step,
                      struct drive_step *out)
{
    _cleanup_json_ json_t *observation = NULL;
    size_t n = DRIVE_EACH * out->prediction.n;
    int r = n > DRIVE_EACH_MAX ? 0 : drive_observe(s, flow, step, (int)n, &observation);

    if (r == 0 && observation)
        judge_many(&out->prediction,
                   json_object_get(json_object_get(observation, "client"), "peers"),
                   &out->judgement);
    return r;
}

static int drive_step(const struct bundle_lab *s, const struct cluster *cluster,
                      const struct reachable_flow *flow, size_t step, struct drive_step *out)
{
    struct predict_client client =
        reachable_managed(&s->reachable->pods[flow->client], flow->family);
    struct seen seen;
    int r;

    out->asked = flow->to[step];
    r = predict(cluster, &client, &out->asked, &out->prediction);
    if (r < 0)
        return r;
    r = drive_observe(s, flow, step, 0, &out->observation);
    if (r < 0)
        return r;
    seen_read(out->observation, &seen);
    judge(&out->prediction, &out->asked, &seen, drive_listens(s, flow, &seen.end), &out->judgement);
    if (out->judgement.parting == PART_NONE && out->prediction.each && flow->n_to == 1)
        r = drive_many(s, flow, step, out);
    return r;
}

int drive(struct bundle_lab *lab, const struct cluster *cluster, const struct reachable_flow *flow,
          struct driven *out)
{
    int r = 0;

    *out = (struct driven){.parted = SIZE_MAX};
    lab->drives++;
    for (size_t i = 0; r == 0 && i < flow->n_to; i++) {
        out->n++;
        r = drive_step(lab, cluster, flow, i, &out->steps[i]);
        if (out->steps[i].judgement.parting != PART_NONE && out->parted == SIZE_MAX)
            out->parted = i;
    }
    if (out->parted == SIZE_MAX)
        out->parted = out->n;
    return r;
}

json_t *driven_json(const struct driven *driven, const char *from)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < driven->n; i++) {
        const struct drive_step *step = &driven->steps[i];
        struct seen seen;

        seen_read(step->observation, &seen);
        json_array_append_new(
            steps,
            json_pack("{s:o, s:o, s:o, s:s, s:s}", "asked", json_address_port(&step->asked),
                      "expected", prediction_json(&step->prediction), "seen", seen_json(&seen),
                      "parts", parting_name(step->judgement.parting), "why", step->judgement.text));
    }
    return json_pack("{s:s, s:o}", "from", from, "connects", steps);
}

void driven_print(FILE *out, const struct driven *driven, const char *from)
{
    for (size_t i = 0; i < driven->n; i++) {
        const struct drive_step *step = &driven->steps[i];
        char asked[ADDRESS_TEXT_MAX], expected[512], saw[256];
        struct seen seen;

        seen_read(step->observation, &seen);
        prediction_text(&step->prediction, expected, sizeof(expected));
        seen_text(&seen, saw, sizeof(saw));
        fprintf(out, "%s%s\n  asked     %s\n  expected  %s\n  seen      %s\n", from,
                i ? ", the same socket again" : "", address_port_text(&step->asked, asked),
                expected, saw);
        if (step->judgement.parting == PART_NONE)
            fprintf(out, "  parts     nowhere%s%s\n", *step->judgement.text ? "; " : "",
                    step->judgement.text);
        else
            fprintf(out, "  parts     at %s: %s\n", parting_place(step->judgement.parting),
                    step->judgement.text);
    }
}
