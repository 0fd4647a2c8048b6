// SPDX-License-Identifier: Apache-2.0
/* What a lab adds to `waypost capture`. */
#include <errno.h>
#include <string.h>

#include "cli/capture.h"
#include "cli/verbs.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "place/open.h"
#include "maps/handle.h"

static int capture_add_pod(json_t *pods, const struct topology_pod *pod, const struct address *a)
{
    char text[ADDRESS_TEXT_MAX];

    return a->af == AF_UNSPEC
               ? 0
               : json_object_set_new(pods, address_text(a, text), json_string(pod->name));
}

static int capture_find_node(const struct lab *lab, const char *name, const json_t *flows,
                             const struct topology_node **out)
{
    const char *from = json_string_value(json_object_get(json_array_get(flows, 0), "from"));
    const struct topology_pod *pod = from ? topology_pod(lab->topology, from) : NULL;

    if (name)
        return lab_node(lab, name, out);
    *out = &lab->topology->nodes[pod ? pod->node : 0];
    return 0;
}

static int capture_find_lab(const char *name, const char *node_name, const json_t *flows,
                            struct capture_lab *out)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    const struct topology_node *node;
    int r = lab_open(name, &lab);

    if (r == 0)
        r = capture_find_node(lab, node_name, flows, &node);
    if (r == 0)
        r = maps_dir(lab, node, &out->pins);
    /* Another lab beside this one has the same addresses. */
    if (r == 0)
        r = lab_netns_name(lab, "", &out->netns);
    if (r < 0)
        return r;
    out->pods = json_object();
    if (text_format(&out->topology, "%s/topology.yaml", lab->state_dir) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < lab->topology->n_pods; i++) {
        const struct topology_pod *pod = &lab->topology->pods[i];

        if (capture_add_pod(out->pods, pod, &pod->v4) < 0 ||
            capture_add_pod(out->pods, pod, &pod->v6) < 0)
            return err_r(ENOMEM, "cannot capture lab '%s'", name);
    }
    return 0;
}

int verb_capture(int argc, char **argv)
{
    return capture_main(argc, argv, capture_find_lab);
}
