// SPDX-License-Identifier: Apache-2.0
#include "cli/field.h"

#include <errno.h>

#include "common/log.h"

int field_open(const char *path, const json_t *flows, struct programs_source *source,
               struct field *out)
{
    int r = bundle_open(path, &out->bundle);

    if (r == 0)
        r = cluster_from_bundle(out->bundle, &out->cluster);
    if (r < 0)
        return r;
    if (json_array_size(flows) == 0)
        flows = out->bundle->flows;
    if (json_array_size(flows) == 0)
        return err_say(EINVAL,
                       "the bundle lists no flows; say which with --flow FROM ADDRESS:PORT");
    if (!source->dir)
        source->dir = out->bundle->objects;
    source->partial = true; /* what one kernel takes another may refuse */
    out->flows = json_incref((json_t *)flows);
    return reach_new(out->bundle, &out->cluster, flows, &out->reach);
}

void field_release(struct field *f)
{
    free(f->reach);
    json_decref(f->flows);
    cluster_free(&f->cluster);
    bundle_free(&f->bundle);
}

const char *field_from(const struct field *f, size_t flow)
{
    return f->reach->pods[f->reach->flows[flow].client].name;
}
