// SPDX-License-Identifier: Apache-2.0
/* The kernel keeps the type information of a loaded object's sections: no file is looked at. */
#include "lab/settings_find.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "place/bpffs.h"
#include "maps/handle.h"

#define FIND_PREFIX "globals_"

void settings_free(struct settings *settings)
{
    for (size_t i = 0; i < settings->n_sections; i++) {
        cleanup_close(&settings->sections[i].fd);
        free(settings->sections[i].object);
        free(settings->sections[i].value);
    }
    for (size_t i = 0; i < settings->n_variables; i++)
        free(settings->variables[i].name);
    free(settings->sections);
    free(settings->variables);
    *settings = (struct settings){};
}

static void find_free_btf(struct btf **btf)
{
    btf__free(*btf);
}

/* A u32, or four of them in a row. */
static bool find_kind(const struct btf *btf, uint32_t type, enum setting_kind *kind)
{
    int id = btf__resolve_type(btf, type);
    const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);

    if (!t)
        return false;
    *kind = SETTING_NUMBER;
    if (btf_is_array(t)) {
        if (btf_array(t)->nelems != 4)
            return false;
        *kind = SETTING_ADDRESS;
        id = btf__resolve_type(btf, btf_array(t)->type);
        t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
    }
    return t && btf_is_int(t) && t->size == sizeof(uint32_t);
}

static int find_add_variable(struct settings *settings, const char *name, enum setting_kind kind,
                             uint32_t offset)
{
    struct settings_variable *grown =
        reallocarray(settings->variables, settings->n_variables + 1, sizeof(*grown));
    struct settings_variable *new;

    if (!grown)
        return err_r(ENOMEM, "cannot find the programs' settings");
    settings->variables = grown;
    new = &grown[settings->n_variables];
    *new = (struct settings_variable){strdup(name), kind, settings->n_sections - 1, offset};
    if (!new->name)
        return err_r(ENOMEM, "cannot find the programs' settings");
    settings->n_variables++;
    return 0;
}

/* Of the section that was added last. */
static int find_variable(struct settings *settings, const struct btf *btf,
                         const struct btf_var_secinfo *info)
{
    const struct settings_section *section = &settings->sections[settings->n_sections - 1];
    const struct btf_type *variable = btf__type_by_id(btf, info->type);
    enum setting_kind kind;
    uint32_t size;

    if (!variable || !btf_is_var(variable) || btf_var(variable)->linkage == BTF_VAR_STATIC ||
        !find_kind(btf, variable->type, &kind))
        return 0;
    size = kind == SETTING_ADDRESS ? 16 : 4;
    if (info->offset > section->size || section->size - info->offset < size)
        return 0;
    return find_add_variable(settings, btf__name_by_offset(btf, variable->name_off), kind,
                             info->offset);
}

static int find_variables(struct settings *settings, const struct bpf_map_info *info)
{
    _cleanup_(find_free_btf) struct btf *btf = NULL;
    const struct btf_type *section;

    if (!info->btf_id)
        return 0;
    btf = btf__load_from_kernel_by_id(info->btf_id);
    if (!btf)
        return err_r(errno, "cannot read the programs' type information");
    section = btf__type_by_id(btf, info->btf_value_type_id);
    if (!section || !btf_is_datasec(section))
        return 0;
    for (uint16_t i = 0; i < btf_vlen(section); i++) {
        int r = find_variable(settings, btf, &btf_var_secinfos(section)[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* "globals_FILE_data" and "globals_FILE_bss" as FILE. */
static char *find_object(const char *pin)
{
    static const char *const sections[] = {"_bss", "_data"};
    const char *name = pin + strlen(FIND_PREFIX), *end = name + strlen(name);

    for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
        const char *section = strstr(name, sections[i]), *next;

        while (section && (next = strstr(section + 1, sections[i])))
            section = next;
        if (section && section < end)
            end = section;
    }
    return strndup(name, (size_t)(end - name));
}

static int find_add_section(struct settings *settings, const char *pin, struct map_handle *handle)
{
    struct settings_section *grown =
        reallocarray(settings->sections, settings->n_sections + 1, sizeof(*grown));
    struct settings_section *new;
    const uint32_t first = 0;
    int r;

    if (!grown)
        return err_r(ENOMEM, "cannot find the programs' settings");
    settings->sections = grown;
    new = &grown[settings->n_sections++];
    *new = (struct settings_section){.object = find_object(pin),
                                     .fd = TAKE_FD(handle->fd),
                                     .size = handle->info.value_size,
                                     .value = calloc(1, handle->info.value_size + 1)};
    if (!new->object || !new->value)
        return err_r(ENOMEM, "cannot find the programs' settings");
    r = bpf_map_lookup_elem(new->fd, &first, new->value);
    return r < 0 ? err_r(r, "cannot read map '%s'", pin) : 0;
}

static int find_section(const struct lab *lab, const struct topology_node *node, const char *pin,
                        struct settings *settings)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    int r = map_handle_open(lab, node, pin, &handle);

    if (r < 0)
        return r;
    if (handle.info.type != BPF_MAP_TYPE_ARRAY || handle.info.max_entries != 1)
        return 0;
    r = find_add_section(settings, pin, &handle);
    return r < 0 ? r : find_variables(settings, &handle.info);
}

static int find_compare(const void *a, const void *b)
{
    const struct settings_variable *one = a, *two = b;
    int order = strcmp(one->name, two->name);

    return order ? order : (one->section > two->section) - (one->section < two->section);
}

int settings_find(const struct lab *lab, const struct topology_node *node, struct settings *out)
{
    _cleanup_(settings_free) struct settings settings = {};
    _cleanup_strings_ struct strings names = {0};
    _cleanup_free_ char *dir = NULL;
    int r = maps_dir(lab, node, &dir);

    if (r < 0)
        return r;
    r = bpffs_names(dir, &names);
    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.items[i];

        if (strcmp(name, "km_configmap") == 0 || strcmp(name, "kmesh_config_map") == 0)
            settings.in_map = true;
        if (strncmp(name, FIND_PREFIX, strlen(FIND_PREFIX)) != 0)
            continue;
        r = find_section(lab, node, name, &settings);
        if (r < 0)
            return r;
    }
    if (settings.n_variables)
        qsort(settings.variables, settings.n_variables, sizeof(*settings.variables), find_compare);
    *out = settings;
    settings = (struct settings){};
    return 0;
}
