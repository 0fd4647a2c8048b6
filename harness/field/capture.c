// SPDX-License-Identifier: Apache-2.0
#include "field/capture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "field/capture_bpftool.h"
#include "field/capture_maps.h"
#include "field/capture_node.h"
#include "field/capture_programs.h"
#include "bundle/redact.h"
#include "bundle/redact_policy.h"
#include "topology/topology.h"

/* A capture under way. */
struct capture_work {
    const struct capture_plan *capture;
    struct bundle_writer *writer;
    struct redact *redact;                          /* NULL: nothing is redacted */
    json_t *node;                                   /* NULL: nobody has looked at one */
    struct bundle_map policies[REDACT_POLICY_MAPS]; /* to be redacted: all of them at once */
    uint32_t ids[BUNDLE_FILES_MAX];
    size_t n_maps;
};

static void capture_work_close(struct capture_work *work)
{
    bundle_writer_free(&work->writer);
    for (size_t i = 0; i < REDACT_POLICY_MAPS; i++)
        bundle_map_free(&work->policies[i]);
    json_decref(work->node);
    redact_free(&work->redact);
}

static int capture_write_map(struct capture_work *work, const struct bundle_map *map)
{
    int r;

    if (bundle_name_check(map->name) < 0 || strchr(map->name, '/'))
        return err_say(EINVAL, "a map cannot be called '%.60s' in a bundle", map->name);
    if (work->n_maps >= BUNDLE_FILES_MAX / 4)
        return err_say(EFBIG, "there are more than %d maps", BUNDLE_FILES_MAX / 4);
    r = bundle_write_map(work->writer, map);
    if (r < 0)
        return r;
    work->ids[work->n_maps++] = map->id;
    return 0;
}

static int capture_redact_map(struct capture_work *work, struct bundle_map *map)
{
    int place = redact_policy_place(map->name);
    bool known = true;
    int r;

    if (place >= 0 && !work->policies[place].name) {
        work->policies[place] = *map;
        *map = (struct bundle_map){};
        return 0;
    }
    r = redact_map(work->redact, map, &known);
    if (r < 0)
        return r;
    if (!known)
        map->has_entries = false;
    return capture_write_map(work, map);
}

/* Takes ownership of the map. */
static int capture_keep_map(struct capture_work *work, struct bundle_map *map)
{
    int r = work->redact ? capture_redact_map(work, map) : capture_write_map(work, map);

    bundle_map_free(map);
    return r;
}

static int capture_policies(struct capture_work *work)
{
    int r = work->redact ? redact_policies(work->redact, work->policies) : 0;

    for (size_t i = 0; r >= 0 && i < REDACT_POLICY_MAPS; i++)
        r = work->policies[i].name ? capture_write_map(work, &work->policies[i]) : 0;
    return r;
}

/* The map behind a name of the directory, NAME.json being cut to NAME. */
static int capture_open(const struct capture_plan *c, char *name, struct bundle_map *out,
                        bool *is_map)
{
    _cleanup_free_ char *path = NULL;
    char *dot;

    if (!c->bpftool)
        return capture_map_open(c->pins, name, out, is_map);
    dot = strrchr(name, '.');
    *is_map = dot && strcmp(dot, ".json") == 0;
    if (!*is_map)
        return 0;
    if (text_format(&path, "%s/%s", c->bpftool, name) < 0)
        return -ENOMEM;
    *dot = '\0';
    return capture_map_parse(path, name, out);
}

static int capture_one(struct capture_work *work, char *name)
{
    struct bundle_map map = {};
    bool is_map = false;
    int r = capture_open(work->capture, name, &map, &is_map);

    return r < 0 || !is_map ? r : capture_keep_map(work, &map);
}

/* The networks are to be known before any address. */
static int capture_networks(struct capture_work *work, char *name)
{
    _cleanup_(bundle_map_free) struct bundle_map map = {};
    bool is_map = false;
    int r;

    if (strncmp(map_contract_name(name), "km_nodeinfo", strlen("km_nodeinfo")) != 0)
        return 0;
    r = capture_open(work->capture, name, &map, &is_map);
    return r < 0 || !is_map ? r : redact_networks(work->redact, &map);
}

static const char *capture_dir(const struct capture_plan *c)
{
    return c->bpftool ? c->bpftool : c->pins;
}

static int capture_each(struct capture_work *work, int (*fn)(struct capture_work *work, char *name))
{
    const char *dir = capture_dir(work->capture);
    struct dirent **names = NULL;
    int n = scandir(dir, &names, NULL, alphasort), r = 0;

    if (n < 0)
        return errno == ENOENT && !work->capture->bpftool
                   ? err_say(ENOENT,
                             "there is no '%s': are the maps pinned elsewhere (--pins DIR), or is "
                             "this another mode than dual-engine?",
                             dir)
                   : err_r(errno, "cannot read '%s'", dir);
    for (int i = 0; i < n; i++) {
        if (r == 0 && names[i]->d_name[0] != '.')
            r = fn(work, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return r;
}

static int capture_maps(struct capture_work *work)
{
    int r = capture_each(work, capture_one);

    if (r == 0)
        r = capture_policies(work);
    if (r == 0 && work->n_maps == 0)
        return err_say(ENOENT, "there are no maps in '%s'", capture_dir(work->capture));
    return r;
}

static int capture_put(struct capture_work *work, const char *name, json_t *j)
{
    int r = work->redact ? redact_json(work->redact, j) : 0;

    return r < 0 ? r : bundle_write_json(work->writer, name, j);
}

/* A name for every namespace that has the address of one. */
static void capture_name(json_t *node, const json_t *pods)
{
    json_t *ns;
    size_t i;

    json_array_foreach (json_object_get(node, "namespaces"), i, ns) {
        const json_t *address;
        size_t j;

        json_array_foreach (json_object_get(ns, "addresses"), j, address) {
            json_t *name = json_object_get(pods, json_string_value(address));

            if (name)
                json_object_set(ns, "name", name);
        }
    }
}

/* What the contract does not name may be an address, and does not look like one. */
static void capture_keep_known(json_t *settings)
{
    const char *name;
    json_t *unused;
    void *next;

    json_object_foreach_safe(settings, next, name, unused)
    {
        if (!topology_setting_known(name, NULL))
            json_object_del(settings, name);
    }
}

/* The namespaces' addresses are to be known before a key of km_manage may be one. */
static int capture_look(struct capture_work *work)
{
    _cleanup_json_ json_t *seen = NULL;
    int r = capture_node(work->capture->netns, &work->node);

    if (r < 0 || !work->redact)
        return r;
    seen = json_deep_copy(json_object_get(work->node, "namespaces"));
    return seen ? redact_json(work->redact, seen) : err_r(ENOMEM, "cannot redact");
}

static int capture_facts(struct capture_work *work)
{
    _cleanup_json_ json_t *programs = NULL, *settings = NULL;
    json_t *node = work->node;
    int r = capture_programs(work->ids, work->n_maps, node, &programs, &settings);

    if (r < 0)
        return r;
    if (work->redact)
        capture_keep_known(settings);
    json_object_set(node, "settings", settings);
    capture_name(node, work->capture->pods);
    r = capture_put(work, "node.json", node);
    return r < 0 ? r : capture_put(work, "programs.json", programs);
}

static int capture_object(struct capture_work *work, const char *file)
{
    _cleanup_free_ char *from = NULL, *name = NULL;
    size_t length = strlen(file);

    if (length < 3 || strcmp(file + length - 2, ".o") != 0 || bundle_name_check(file) < 0)
        return 0;
    if (text_format(&from, "%s/%s", work->capture->objects, file) < 0 ||
        text_format(&name, "objects/%s", file) < 0)
        return -ENOMEM;
    return bundle_write_file(work->writer, name, from);
}

static int capture_objects(struct capture_work *work)
{
    _cleanup_closedir_ DIR *dir = opendir(work->capture->objects);
    struct dirent *entry;
    int r = 0;

    if (!dir)
        return err_r(errno, "cannot read '%s'", work->capture->objects);
    while (r == 0 && (entry = readdir(dir)))
        r = capture_object(work, entry->d_name);
    return r;
}

static int capture_flows(struct capture_work *work)
{
    _cleanup_json_ json_t *flows = json_deep_copy(work->capture->flows);

    return flows ? capture_put(work, "flows.json", flows) : err_r(ENOMEM, "cannot keep flows");
}

static int capture_rest(struct capture_work *work)
{
    const struct capture_plan *c = work->capture;
    int r = c->flows ? capture_flows(work) : 0;

    if (r < 0)
        return r;
    r = c->objects ? capture_objects(work) : 0;
    if (r < 0 || !c->topology || work->redact) /* addresses stand in it as text */
        return r;
    return bundle_write_file(work->writer, "topology.yaml", c->topology);
}

int capture_run(const struct capture_plan *capture, const char *out)
{
    _cleanup_(capture_work_close) struct capture_work work = {.capture = capture};
    int r = capture->redact ? redact_new(&work.redact) : 0;

    if (r < 0)
        return r;
    r = bundle_writer_new(out, &work.writer);
    if (r < 0)
        return r;
    r = work.redact ? capture_each(&work, capture_networks) : 0;
    if (r < 0)
        return r;
    r = capture->bpftool ? 0 : capture_look(&work);
    if (r < 0)
        return r;
    r = capture_maps(&work);
    if (r < 0)
        return r;
    r = capture->bpftool ? 0 : capture_facts(&work);
    if (r < 0)
        return r;
    r = capture_rest(&work);
    return r < 0 ? r : bundle_writer_finish(work.writer);
}
