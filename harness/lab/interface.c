// SPDX-License-Identifier: Apache-2.0
#include "lab/interface.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "maps/layout.h"
#include "objects/check.h"
#include "objects/files.h"
#include "objects/load.h"
#include "objects/verifier_log.h"
#include "lab/ports.h"
#include "place/state.h"

struct interface {
    struct programs_files files;
    struct programs_node node; /* loaded, or empty */
    struct programs_refused refused;
    json_t *differences;
    enum ports_order ports;
    bool fatal;
};

static void interface_free(struct interface *all)
{
    programs_node_free(&all->node);
    programs_files_free(&all->files);
    programs_refused_free(&all->refused);
    json_decref(all->differences);
}

static int interface_add_difference(void *data, const struct programs_difference *d)
{
    struct interface *all = data;
    json_t *entry = json_pack("{s:s, s:s, s:s, s:b}", "kind", d->kind, "name", d->name, "text",
                              d->text, "fatal", d->fatal);

    all->fatal = all->fatal || d->fatal;
    return json_array_append_new(all->differences, entry) < 0
               ? err_r(ENOMEM, "cannot compare the objects with the contract")
               : 0;
}

static int interface_find_ports(struct interface *all)
{
    static const struct programs_difference network = {
        .kind = "ports",
        .name = "km_auth_req",
        .text =
            "ports of authorization tuples are in the network's byte order, the contract's in the "
            "host's: one connection showed it",
    };

    int order;

    if (!ports_is_asked(&all->node))
        return 0;
    order = ports_find(&all->node);
    if (order < 0)
        return order;
    all->ports = (enum ports_order)order;
    return all->ports == PORTS_NETWORK ? interface_add_difference(all, &network) : 0;
}

/* The loader works for a lab's node: here for one of a lab that has nothing in it. No lab can have
 * a name with an underscore. */
static int interface_load(struct interface *all)
{
    static struct topology topology = {.encryption = ENCRYPTION_MARKS}; /* all programs */
    static const struct topology_node node = {.name = (char *)"_programs"};
    _cleanup_free_ char *state = NULL, *state_dir = NULL;
    struct lab lab = {.topology = &topology, .bpf_dir = (char *)"."};
    int r = state_root(&state);

    if (r < 0)
        return r;
    r = text_format(&state_dir, "%s/_programs", state);
    if (r < 0)
        return r;
    lab.state_dir = state_dir;
    r = programs_load(&lab, &node, &all->files, &all->node);
    all->node.lab = NULL;
    if (r < 0)
        return r;
    r = interface_find_ports(all);
    if (r < 0)
        return r;
    return all->refused.n ? -EPROTO : 0;
}

static int interface_add_loaded(const struct interface *all, const struct program_row *row,
                                const struct programs_file *file, json_t *entry)
{
    size_t index, i = 0;
    const struct bpf_program *program = programs_node_program(&all->node, row, &index);
    struct bpf_prog_info info = {};
    uint32_t length = sizeof(info);
    int r = program ? bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length) : 0;

    if (!program)
        return 0;
    if (r < 0)
        return err_r(r, "cannot look at %s", row->name);
    while (file->rows[i] != row)
        i++;
    json_object_set_new(entry, "loads", json_true());
    json_object_set_new(entry, "instructions",
                        json_integer((json_int_t)bpf_program__insn_cnt(program)));
    /* Kernels before 5.16 do not say. */
    if (info.verified_insns)
        json_object_set_new(entry, "verified_instructions", json_integer(info.verified_insns));
    if (!file->facts[i].stack[0])
        return 0;
    json_object_set_new(entry, "states", json_integer(file->facts[i].total_states));
    json_object_set_new(entry, "peak_states", json_integer(file->facts[i].peak_states));
    json_object_set_new(entry, "stack", json_string(file->facts[i].stack));
    json_object_set_new(entry, "time_us", json_integer(file->facts[i].time_us));
    return 0;
}

static int interface_add_program(const struct interface *all, const struct program_row *row,
                                 json_t *list)
{
    const struct programs_file *file = programs_files_of(&all->files, row);
    const struct bpf_program *program =
        file ? bpf_object__find_program_by_name(file->object, row->name) : NULL;
    json_t *entry = json_pack("{s:s, s:s?, s:s?, s:s?, s:s, s:b, s:n, s:n, s:n, s:n, s:n, s:n}",
                              "name", row->name, "file", file ? file->name : NULL, "from",
                              file ? (file->own ? "suite" : "objects") : NULL, "section",
                              program ? bpf_program__section_name(program) : NULL, "attached",
                              row->attached, "loads", false, "instructions",
                              "verified_instructions", "states", "peak_states", "stack", "time_us");

    if (json_array_append_new(list, entry) < 0)
        return err_r(ENOMEM, "cannot show %s", row->name);
    if (!program)
        return 0;
    json_object_set_new(entry, "instructions",
                        json_integer((json_int_t)bpf_program__insn_cnt(program)));
    return all->node.objects ? interface_add_loaded(all, row, file, entry) : 0;
}

/* A ring buffer has no sizes; the contract's row has that of its records. */
static json_t *interface_contract(const struct map_layout *layout)
{
    bool ring = layout && layout->type == BPF_MAP_TYPE_RINGBUF;

    if (!layout)
        return json_null();
    return json_pack("{s:s, s:I, s:I, s:I}", "type", libbpf_bpf_map_type_str(layout->type), "key",
                     (json_int_t)layout->key_size, "value",
                     (json_int_t)(ring ? 0 : layout->value_size), "entries",
                     (json_int_t)layout->entries);
}

static int interface_add_map(json_t *list, const char *name, const struct bpf_map *map,
                             const struct programs_file *file)
{
    const struct map_layout *found =
        map ? map_layout_find(name, bpf_map__type(map), bpf_map__key_size(map),
                              bpf_map__value_size(map))
            : NULL;
    const char *type = map ? libbpf_bpf_map_type_str(bpf_map__type(map)) : NULL;
    json_t *entry =
        json_pack("{s:s, s:s?, s:s?, s:s?, s:n, s:n, s:n, s:s?, s:o}", "name", name, "called",
                  map ? bpf_map__name(map) : NULL, "file", file ? file->name : NULL, "type", type,
                  "key", "value", "entries", "layout", found ? found->version ?: "contract" : NULL,
                  "contract", interface_contract(map_layout(name)));

    if (json_array_append_new(list, entry) < 0)
        return err_r(ENOMEM, "cannot show map '%s'", name);
    if (!map)
        return 0;
    json_object_set_new(entry, "key", json_integer(bpf_map__key_size(map)));
    json_object_set_new(entry, "value", json_integer(bpf_map__value_size(map)));
    json_object_set_new(entry, "entries", json_integer(bpf_map__max_entries(map)));
    return 0;
}

static int interface_add_contract_maps(const struct interface *all, json_t *list)
{
    size_t n;
    const struct map_layout *layouts = map_layouts(&n);

    for (size_t i = 0; i < n; i++) {
        const struct programs_file *file = NULL;
        const struct bpf_map *map;
        int r;

        if (layouts[i].version)
            continue;
        map = programs_files_map(&all->files, layouts[i].name, &file);
        r = interface_add_map(list, layouts[i].name, map, file);
        if (r < 0)
            return r;
    }
    return 0;
}

static int interface_add_other_maps(const struct interface *all, json_t *list)
{
    for (size_t i = 0; i < all->files.n_files; i++) {
        const struct bpf_map *map;

        bpf_object__for_each_map(map, all->files.files[i].object)
        {
            const struct programs_file *file = NULL;
            const char *name = bpf_map__name(map);
            int r;

            if (bpf_map__is_internal(map) || map_layout(name) ||
                programs_files_map(&all->files, name, &file) != map)
                continue;
            r = interface_add_map(list, name, map, file);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

static int interface_add_programs(const struct interface *all, json_t *list)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);

    for (size_t i = 0; i < n; i++) {
        int r;

        if (rows[i].place == PROGRAM_CGROUP_OWN && !programs_files_of(&all->files, &rows[i]))
            continue;
        r = interface_add_program(all, &rows[i], list);
        if (r < 0)
            return r;
    }
    return 0;
}

static int interface_report(const struct interface *all, json_t **out)
{
    _cleanup_json_ json_t *refused = NULL, *report = NULL;
    struct utsname kernel = {0};
    int r = programs_refused_json(&all->refused, &refused);

    if (r < 0)
        return r;
    uname(&kernel);
    report = json_pack("{s:s, s:s, s:[], s:[], s:s?, s:O, s:O, s:[]}", "kernel", kernel.release,
                       "objects", all->files.dir, "programs", "maps", "ports",
                       ports_order_name(all->ports), "refused", refused, "differences",
                       all->differences, "passed");
    if (!report)
        return err_r(ENOMEM, "cannot show the objects");
    r = interface_add_programs(all, json_object_get(report, "programs"));
    if (r < 0)
        return r;
    r = interface_add_contract_maps(all, json_object_get(report, "maps"));
    if (r < 0)
        return r;
    r = interface_add_other_maps(all, json_object_get(report, "maps"));
    if (r < 0)
        return r;
    for (size_t i = 0; i < all->files.n_passed; i++)
        json_array_append_new(json_object_get(report, "passed"),
                              json_pack("{s:s, s:s}", "file", all->files.passed[i].name, "why",
                                        all->files.passed[i].why));
    *out = TAKE_PTR(report);
    return 0;
}

int programs_interface(const struct programs_source *source, json_t **out, int *loaded)
{
    _cleanup_(interface_free) struct interface all = {.differences = json_array()};
    struct programs_source every = *source;
    int r;

    if (!all.differences)
        return err_r(ENOMEM, "cannot show the objects");
    every.all = true;
    programs_log_init();
    r = programs_files_read(&every, &all.files);
    if (r < 0)
        return r;
    r = programs_check(&all.files, interface_add_difference, &all);
    if (r < 0)
        return r;
    all.files.statistics = true;
    all.files.refused = &all.refused;
    *loaded = all.fatal || source->unloaded ? 0 : interface_load(&all);
    return interface_report(&all, out);
}
