// SPDX-License-Identifier: Apache-2.0
#include "lab/programs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "place/bpffs.h"
#include "place/state.h"
#include "maps/layout.h"
#include "maps/ports.h"
#include "lab/attach.h"
#include "objects/check.h"
#include "objects/files.h"
#include "objects/load.h"
#include "objects/verifier_log.h"
#include "lab/notes.h"
#include "lab/ports.h"

static int programs_record_path(const struct lab *lab, char **out)
{
    return bpffs_path(lab->state_dir, "programs.json", out);
}

/* An enum ports_order. */
static int programs_ports_order(const struct programs_node *loaded,
                                const struct programs_note *note)
{
    if (note->found)
        return (int)note->ports;
    return ports_is_asked(loaded) ? ports_find(loaded) : PORTS_CONTRACT;
}

/* Of other people's programs: the suite's own have the contract's. */
static int programs_find_ports(const struct lab *lab, const struct programs_node *loaded,
                               struct programs_note *note)
{
    int order = programs_ports_order(loaded, note);

    if (order < 0)
        return order;
    programs_note_write(note, loaded->files, (enum ports_order)order);
    if (order == PORTS_UNKNOWN)
        log_info(
            "no connection showed the byte order of the ports in authorization tuples; they are "
            "taken to be the contract's");
    return map_ports_keep(lab, order == PORTS_NETWORK ? PORT_ORDER_NETWORK : PORT_ORDER_HOST);
}

static int programs_up_node(const struct lab *lab, const struct topology_node *node,
                            struct programs_files *files, struct programs_note *note, json_t *nodes)
{
    _cleanup_(programs_node_free) struct programs_node loaded = {};
    _cleanup_json_ json_t *record = NULL;
    int r = programs_load(lab, node, files, &loaded);

    if (r < 0)
        return r;
    /* The nodes have the same programs. */
    r = json_object_size(nodes) == 0 ? programs_find_ports(lab, &loaded, note) : 0;
    if (r < 0)
        return r;
    r = programs_attach(&loaded);
    if (r < 0)
        return r;
    r = programs_record(&loaded, &record);
    if (r < 0)
        return r;
    if (json_object_set(nodes, node->name, record) < 0)
        return err_r(ENOMEM, "cannot record the programs of '%s'", node->name);
    return 0;
}

/* What a lab would attach, and no file has. */
static int programs_missing(const struct programs_files *files, json_t **out)
{
    _cleanup_json_ json_t *missing = json_array();
    size_t n;
    const struct program_row *rows = program_rows(&n);

    for (size_t i = 0; i < n; i++)
        if (program_is_expected(&rows[i]) && !programs_files_of(files, &rows[i]) &&
            json_array_append_new(missing, json_string(rows[i].name)) < 0)
            return err_r(ENOMEM, "cannot record the programs");
    *out = TAKE_PTR(missing);
    return *out ? 0 : err_r(ENOMEM, "cannot record the programs");
}

/* Maps whose layout is not the contract's: what they have no room for cannot be tested. */
static int programs_older(const struct programs_files *files, json_t **out)
{
    _cleanup_json_ json_t *older = json_object();
    size_t n;
    const struct map_layout *layouts = map_layouts(&n);

    for (size_t i = 0; i < n; i++) {
        const struct programs_file *file;
        const struct bpf_map *map =
            layouts[i].version ? NULL : programs_files_map(files, layouts[i].name, &file);
        const struct map_layout *found =
            map ? map_layout_find(layouts[i].name, bpf_map__type(map), bpf_map__key_size(map),
                                  bpf_map__value_size(map))
                : NULL;

        if (found && found->version &&
            json_object_set_new(older, found->name, json_string(found->version)) < 0)
            return err_r(ENOMEM, "cannot record the maps");
    }
    *out = TAKE_PTR(older);
    return *out ? 0 : err_r(ENOMEM, "cannot record the maps");
}

static int programs_write_record(const struct lab *lab, const struct programs_files *files,
                                 json_t *nodes)
{
    static const struct programs_refused none = {};
    _cleanup_free_ char *path = NULL;
    _cleanup_json_ json_t *missing = NULL, *refused = NULL, *older = NULL, *record = NULL;
    int r = programs_record_path(lab, &path);

    if (r < 0)
        return r;
    r = programs_missing(files, &missing);
    if (r < 0)
        return r;
    r = programs_older(files, &older);
    if (r < 0)
        return r;
    r = programs_refused_json(files->refused ? files->refused : &none, &refused);
    if (r < 0)
        return r;
    record = json_pack("{s:s, s:O, s:O, s:O, s:O}", "objects", files->dir, "nodes", nodes,
                       "missing", missing, "refused", refused, "older", older);
    return record ? json_write_file(path, record) : err_r(ENOMEM, "cannot write '%s'", path);
}

static int programs_up_all(const struct lab *lab, struct programs_files *files)
{
    _cleanup_json_ json_t *nodes = json_object();
    _cleanup_free_ char *state = NULL;
    _cleanup_(programs_note_close) struct programs_note note = PROGRAMS_NOTE_NONE;
    int r = nodes ? programs_check_entries(lab, files) : err_r(ENOMEM, "cannot load programs");

    if (r < 0)
        return r;
    r = programs_note_open(lab, files, &note);
    if (r < 0)
        return r;
    r = state_root(&state);
    if (r < 0)
        return r;
    r = programs_files_reduce_btf(files, state);
    if (r < 0)
        return r;
    for (size_t i = 0; i < lab->topology->n_nodes; i++) {
        r = programs_up_node(lab, &lab->topology->nodes[i], files, &note, nodes);
        if (r < 0)
            return r;
    }
    return programs_write_record(lab, files, nodes);
}

/* A wrong program is refused by its name, a wrong map by what the kernel says of those that use it.
 */
static int programs_refuse(void *data, const struct programs_difference *difference)
{
    const struct programs_files *files = data;
    const struct program_refusal refusal = {.file = (char *)difference->file,
                                            .error = (char *)difference->text};

    if (!difference->fatal)
        return 0;
    if (!files->refused)
        return err_say(EPROTO, "%s", difference->text);
    log_warning("%s", difference->text);
    return strcmp(difference->kind, "map") == 0
               ? programs_refused_add_map(files->refused, difference->name, difference->text)
               : programs_refused_add(files->refused, difference->name, &refusal);
}

static int programs_up_source(const struct lab *lab, const struct programs_source *source)
{
    _cleanup_(programs_files_free) struct programs_files files = {};
    _cleanup_(programs_refused_free) struct programs_refused refused = {};
    int r = programs_files_read(source, &files);

    if (r < 0)
        return r;
    if (source->partial)
        files.refused = &refused;
    r = programs_check(&files, programs_refuse, &files);
    if (r < 0)
        return r;
    programs_files_warn(&files);
    return programs_up_all(lab, &files);
}

int programs_up(const struct lab *lab, const struct programs_source *source)
{
    int r;

    programs_log_init();
    r = programs_up_source(lab, source);
    if (r < 0)
        programs_down(lab);
    return r;
}

static int programs_detach_node(const struct lab *lab, const char *node)
{
    _cleanup_free_ char *dir = NULL;
    int r = bpffs_path(lab->bpf_dir, node, &dir);

    return r < 0 ? r : programs_detach(dir);
}

/* Goes by what is there, not by the topology: half a lab may have lost that. */
static int programs_detach_all(const struct lab *lab)
{
    _cleanup_strings_ struct strings names = {0};
    int first = bpffs_names(lab->bpf_dir, &names);

    for (size_t i = 0; i < names.n; i++) {
        /* What begins with '_' is the witnesses'. */
        int r = *names.items[i] == '_' ? 0 : programs_detach_node(lab, names.items[i]);

        if (first == 0)
            first = r;
    }
    return first;
}

static int programs_remove_record(const struct lab *lab)
{
    _cleanup_free_ char *path = NULL;
    int r = programs_record_path(lab, &path);

    if (r < 0)
        return r;
    return unlink(path) < 0 && errno != ENOENT ? err_r(errno, "cannot remove '%s'", path) : 0;
}

int programs_down(const struct lab *lab)
{
    int first, r;

    programs_log_init();
    first = programs_detach_all(lab);
    bpffs_rmdir_if_empty(lab->bpf_dir);
    map_ports_forget(lab);
    r = programs_remove_record(lab);
    return first < 0 ? first : r;
}

static int programs_add_absent(json_t *list, const char *name, const char *why, const char *error)
{
    return json_array_append_new(
               list, json_pack("{s:s, s:s, s:s}", "name", name, "why", why, "error", error)) < 0
               ? err_r(ENOMEM, "cannot list the programs")
               : 0;
}

static int programs_add_missing(json_t *list, const json_t *record, const char *name)
{
    const char *dir = json_string_value(json_object_get(record, "objects"));
    _cleanup_free_ char *error = NULL;
    int r = text_format(&error, "no object in '%s' has it", dir ? dir : "");

    return r < 0 ? r : programs_add_absent(list, name, "missing", error);
}

static int programs_add_refused(json_t *list, const json_t *entry)
{
    const char *name, *error;
    int r = json_get_string(entry, "name", &name);

    if (r < 0)
        return r;
    r = json_get_string(entry, "error", &error);
    return r < 0 ? r : programs_add_absent(list, name, "refused", error);
}

static int programs_add_older(json_t *list, const char *name, const json_t *version)
{
    _cleanup_free_ char *error = NULL;
    int r = text_format(&error, "it has the layout of %s", json_string_value(version));

    return r < 0 ? r : programs_add_absent(list, name, "older", error);
}

static int programs_read_absent(const json_t *record, json_t *list)
{
    const char *name;
    json_t *entry;
    size_t i;
    int r;

    json_array_foreach (json_object_get(record, "missing"), i, entry) {
        r = programs_add_missing(list, record, json_string_value(entry));
        if (r < 0)
            return r;
    }
    json_array_foreach (json_object_get(record, "refused"), i, entry) {
        r = programs_add_refused(list, entry);
        if (r < 0)
            return r;
    }
    json_object_foreach (json_object_get(record, "older"), name, entry) {
        r = programs_add_older(list, name, entry);
        if (r < 0)
            return r;
    }
    return 0;
}

static int programs_read_record(const struct lab *lab, json_t **out)
{
    _cleanup_free_ char *path = NULL;
    int r = programs_record_path(lab, &path);

    if (r < 0)
        return r;
    return access(path, F_OK) == 0 ? json_read_file(path, JSON_OWN_MAX, out) : 0;
}

int programs_absent(const struct lab *lab, json_t **out)
{
    _cleanup_json_ json_t *record = NULL, *list = json_array();
    int r;

    if (!list)
        return err_r(ENOMEM, "cannot list the programs");
    r = programs_read_record(lab, &record);
    if (r < 0)
        return r;
    r = programs_read_absent(record, list);
    if (r < 0)
        return r;
    *out = TAKE_PTR(list);
    return 0;
}
