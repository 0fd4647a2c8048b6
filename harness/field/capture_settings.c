// SPDX-License-Identifier: Apache-2.0
/* Global variables live in arrays of one entry, and the kernel's copy of the objects' BTF says
 * where. */
#include "field/capture_settings.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "topology/topology.h"

#define SETTINGS_SIZE_MAX 65536

static void settings_btf_free(struct btf **btf)
{
    btf__free(*btf);
}

/* NULL for what has the size of none: --redact would not find it. */
static json_t *settings_address(const uint8_t *bytes, uint32_t size)
{
    struct address address = {.af = AF_INET};

    if (size != 4 && size != 16)
        return NULL;
    if (size == 16)
        address = address_from_variable(bytes);
    else
        memcpy(address.bytes, bytes, size);
    return json_address(&address);
}

json_t *capture_setting(const char *name, const uint8_t *bytes, uint32_t size)
{
    enum setting_kind kind;
    json_t *list;
    uint32_t number;

    if (size % 4 || size == 0 || size > 64)
        return NULL;
    if (topology_setting_known(name, &kind) && kind == SETTING_ADDRESS)
        return settings_address(bytes, size);
    memcpy(&number, bytes, sizeof(number));
    if (size == 4)
        return json_integer(number);
    list = json_array();
    for (uint32_t i = 0; i < size; i += 4) {
        memcpy(&number, bytes + i, sizeof(number));
        json_array_append_new(list, json_integer(number));
    }
    return list;
}

/* A variable may live in several objects. Takes `value`. */
static void settings_note(json_t *settings, const char *name, json_t *value)
{
    const json_t *was = json_object_get(settings, name);

    if (was && !json_equal(was, value) && topology_setting_known(name, NULL))
        log_warning("the programs' values of '%s' differ; the bundle has one of them", name);
    json_object_set_new(settings, name, value);
}

static void settings_of_section(const struct btf *btf, const struct btf_type *section,
                                const uint8_t *bytes, uint32_t size, json_t *settings)
{
    const struct btf_var_secinfo *var = btf_var_secinfos(section);

    for (int i = 0; i < btf_vlen(section); i++, var++) {
        const struct btf_type *type = btf__type_by_id(btf, var->type);
        const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;
        json_t *value;

        if (!name || !*name || !btf_is_var(type) || btf_var(type)->linkage == BTF_VAR_STATIC ||
            var->offset > size || var->size > size - var->offset)
            continue;
        value = capture_setting(name, bytes + var->offset, var->size);
        if (value)
            settings_note(settings, name, value);
    }
}

static int settings_of_map(uint32_t id, json_t *settings)
{
    _cleanup_(settings_btf_free) struct btf *btf = NULL;
    _cleanup_close_ int fd = bpf_map_get_fd_by_id(id);
    _cleanup_free_ uint8_t *bytes = NULL;
    const struct btf_type *section;
    struct bpf_map_info info = {};
    uint32_t length = sizeof(info), zero = 0;

    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &length) < 0)
        return 0;
    if (info.type != BPF_MAP_TYPE_ARRAY || info.max_entries != 1 || !info.btf_id ||
        !info.btf_value_type_id || info.value_size > SETTINGS_SIZE_MAX ||
        strstr(info.name, ".rodata.str"))
        return 0;
    btf = btf__load_from_kernel_by_id(info.btf_id);
    section = btf ? btf__type_by_id(btf, info.btf_value_type_id) : NULL;
    if (!section || !btf_is_datasec(section))
        return 0;
    bytes = malloc(info.value_size);
    if (!bytes)
        return err_r(ENOMEM, "cannot read the settings");
    if (bpf_map_lookup_elem(fd, &zero, bytes) == 0)
        settings_of_section(btf, section, bytes, info.value_size, settings);
    return 0;
}

int capture_settings(const uint32_t *ids, size_t n, json_t *settings)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < n; i++)
        r = settings_of_map(ids[i], settings);
    return r;
}
