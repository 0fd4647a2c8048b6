// SPDX-License-Identifier: Apache-2.0
#include "cli/field.h"

#include <errno.h>

#include "cli/capture.h"
#include "cli/flow_words.h"
#include "common/log.h"
#include "field/reachable_find.h"

static int field_open(const char *path, const json_t *flows, struct programs_source *source,
                      struct field *out)
{
    int r = bundle_open(path, &out->bundle);

    if (r == 0)
        r = cluster_from_bundle(out->bundle, &out->cluster);
    if (r == 0)
        r = field_settings_read(out->bundle, &out->settings);
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
    return reachable_find(out->bundle, &out->cluster, flows, &out->reachable);
}

int field_parse(const struct cli_command *command, int argc, char **argv, void *options,
                struct programs_source *source, const json_t *flows, struct field *out)
{
    struct cli_line line;

    flow_words_join(&argc, argv);
    if (cli_parse(command, argc, argv, options, &line) < 0 ||
        programs_option_check(command, source) < 0)
        return CODE_MISTAKE;
    if (cli_need_root(command) < 0)
        return CODE_FAILED;
    return field_open(line.argument[0], flows, source, out) < 0 ? CODE_MISTAKE : CODE_DONE;
}

void field_release(struct field *f)
{
    free(f->reachable);
    json_decref(f->flows);
    cluster_free(&f->cluster);
    bundle_free(&f->bundle);
}

const char *field_from(const struct field *f, size_t flow)
{
    return f->reachable->pods[f->reachable->flows[flow].client].name;
}
