// SPDX-License-Identifier: Apache-2.0
#include "field/reproduction.h"

#include <errno.h>

#include "common/log.h"
#include "field/reachable_find.h"

int reproduction_open(const char *path, const json_t *flows, struct reproduction *out)
{
    int r = bundle_open(path, &out->bundle);

    if (r < 0)
        return r;
    r = cluster_from_bundle(out->bundle, &out->cluster);
    if (r < 0)
        return r;
    r = field_settings_read(out->bundle, &out->settings);
    if (r < 0)
        return r;
    if (json_array_size(flows) == 0)
        flows = out->bundle->flows;
    if (json_array_size(flows) == 0)
        return err_say(EINVAL,
                       "the bundle lists no flows; say which with --flow FROM ADDRESS:PORT");
    out->flows = json_incref((json_t *)flows);
    return reachable_find(out->bundle, &out->cluster, flows, &out->reachable);
}

void reproduction_release(struct reproduction *what)
{
    free(what->reachable);
    json_decref(what->flows);
    cluster_free(&what->cluster);
    bundle_free(&what->bundle);
}

int reproduction_up(const struct reproduction *what, const char *lab_name,
                    const struct programs_source *source, struct bundle_lab **out)
{
    return bundle_lab_up(lab_name, what->bundle, &what->cluster, what->reachable, &what->settings,
                         source, out);
}

const char *reproduction_client(const struct reproduction *what, size_t flow)
{
    return what->reachable->pods[what->reachable->flows[flow].client].name;
}
