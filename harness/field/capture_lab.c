// SPDX-License-Identifier: Apache-2.0
#include "field/capture_lab.h"

#include <errno.h>

#include "common/json.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "maps/handle.h"
#include "place/open.h"

static int capture_lab_add(json_t *pods, const struct topology_pod *pod, const struct address *a)
{
    char text[ADDRESS_TEXT_MAX];

    return json_object_set_new(pods, address_text(a, text), json_string(pod->name));
}

static int capture_lab_node(const struct lab *lab, const char *name, const json_t *flows,
                            const struct topology_node **out)
{
    const char *from = json_string_value(json_object_get(json_array_get(flows, 0), "from"));
    const struct topology_pod *pod = from ? topology_pod(lab->topology, from) : NULL;

    if (name)
        return lab_node(lab, name, out);
    *out = &lab->topology->nodes[pod ? pod->node : 0];
    return 0;
}

/* {"IP": "name"} of every pod. */
static int capture_lab_pods(const struct lab *lab, json_t **out)
{
    *out = json_object();
    for (size_t i = 0; i < lab->topology->n_frontends; i++) {
        const struct topology_frontend *f = &lab->topology->frontends[i];

        if (f->pod && capture_lab_add(*out, f->pod, &f->address) < 0)
            return err_r(ENOMEM, "cannot capture lab '%s'", lab->name);
    }
    return 0;
}

int capture_lab_find(const char *name, const char *node_name, const json_t *flows,
                     struct capture_lab *out)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    const struct topology_node *node;
    int r = lab_open(name, &lab);

    if (r < 0)
        return r;
    r = capture_lab_node(lab, node_name, flows, &node);
    if (r < 0)
        return r;
    r = maps_dir(lab, node, &out->pins);
    if (r < 0)
        return r;
    /* Another lab beside this one has the same addresses. */
    r = lab_netns_name(lab, "", &out->netns);
    if (r < 0)
        return r;
    r = text_format(&out->topology, "%s/topology.yaml", lab->state_dir);
    return r < 0 ? r : capture_lab_pods(lab, &out->pods);
}

void capture_lab_release(struct capture_lab *lab)
{
    free(lab->pins);
    free(lab->topology);
    free(lab->netns);
    json_decref(lab->pods);
}
