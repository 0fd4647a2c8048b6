// SPDX-License-Identifier: Apache-2.0
#include "lab/settings.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "lab/settings_find.h"

/* The names, each once; the caller frees it. */
static char *settings_names(const struct settings *settings)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (!stream)
        return NULL;
    for (size_t i = 0; i < settings->n_variables; i++) {
        const char *name = settings->variables[i].name;

        if (i == 0 || strcmp(name, settings->variables[i - 1].name) != 0)
            fprintf(stream, "%s%s", i ? ", " : "", name);
    }
    fclose(stream);
    return text;
}

static int settings_none(const struct settings *settings)
{
    if (settings->in_map)
        return err_say(ENODATA, "the programs have their settings in a map, not in "
                                "global variables");
    if (settings->n_sections)
        return err_say(ENODATA, "the programs' objects have no type information (BTF) of global "
                                "variables: their settings cannot be found");
    return err_say(ENODATA, "the programs have no global variables");
}

static int settings_unknown(const struct settings *settings, const char *name)
{
    _cleanup_free_ char *names = NULL;
    bool known = topology_setting_known(name, NULL);

    if (settings->n_variables == 0 ? known || settings->in_map : known && settings->in_map)
        return settings_none(settings);
    names = settings_names(settings);
    if (known)
        return err_say(ENODATA, "the programs have no setting '%s', only %s", name,
                       names ? names : "others");
    return err_say(ENOENT, "there is no setting '%.60s'; there are: %s", name,
                   names && *names ? names : "none");
}

static int settings_encode_number(const struct setting *setting, uint8_t *out)
{
    uint32_t number;

    if (topology_setting_number(setting->text, &number) < 0)
        return err_say(EINVAL, "'%s' is '%.60s', must be a whole number from 0 to 4294967295",
                       setting->name, setting->text);
    memcpy(out, &number, sizeof(number));
    return 0;
}

static int settings_encode_address(const struct lab *lab, const struct setting *setting,
                                   uint8_t *out)
{
    struct address address;

    if (topology_setting_address(lab->topology, setting->text, lab->family, &address) < 0)
        return err_say(EINVAL,
                       "'%s' is '%.60s', must be an IP address, none, or the name of a node, pod "
                       "or service",
                       setting->name, setting->text);
    if (address.af == AF_UNSPEC && strcmp(setting->text, "none") != 0)
        return err_say(EINVAL, "'%s' is '%.60s', which has no %s address", setting->name,
                       setting->text, family_name(lab->family));
    address = address_mapped(&address);
    memcpy(out, address.bytes, sizeof(address.bytes));
    return 0;
}

/* Into the sections' values, not yet into the kernel. */
static int settings_take(const struct lab *lab, const struct setting *setting,
                         struct settings *settings, bool partial)
{
    bool found = false;

    for (size_t i = 0; i < settings->n_variables; i++) {
        const struct settings_variable *variable = &settings->variables[i];
        uint8_t *at = settings->sections[variable->section].value + variable->offset;
        int r;

        if (strcmp(variable->name, setting->name) != 0)
            continue;
        found = true;
        r = variable->kind == SETTING_NUMBER ? settings_encode_number(setting, at)
                                             : settings_encode_address(lab, setting, at);
        if (r < 0)
            return r;
    }
    if (found)
        return 0;
    if (!partial || !topology_setting_known(setting->name, NULL))
        return settings_unknown(settings, setting->name);
    log_warning("the programs have no setting '%s'", setting->name);
    return 0;
}

static int settings_flush(const struct settings *settings)
{
    const uint32_t first = 0;

    for (size_t i = 0; i < settings->n_sections; i++) {
        const struct settings_section *section = &settings->sections[i];
        int r = bpf_map_update_elem(section->fd, &first, section->value, BPF_ANY);

        if (r < 0)
            return err_r(r, "cannot write the global variables of '%s'", section->object);
    }
    return 0;
}

static int settings_write_some(const struct lab *lab, const struct topology_node *node,
                               const struct setting *settings, size_t n, bool partial)
{
    _cleanup_(settings_free) struct settings found = {};
    int r = settings_find(lab, node, &found);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        r = settings_take(lab, &settings[i], &found, partial);
        if (r < 0)
            return r;
    }
    return settings_flush(&found);
}

int settings_write(const struct lab *lab, const struct topology_node *node,
                   const struct setting *settings, size_t n)
{
    return settings_write_some(lab, node, settings, n, false);
}

static json_t *settings_value_json(const struct settings *settings,
                                   const struct settings_variable *variable)
{
    const uint8_t *bytes = settings->sections[variable->section].value + variable->offset;
    uint32_t number;

    if (variable->kind == SETTING_ADDRESS) {
        struct address address = address_from_variable(bytes);

        return json_address(&address);
    }
    memcpy(&number, bytes, sizeof(number));
    return json_integer(number);
}

/* The row of that name and value; a new one where there is none. Takes `value`. */
static json_t *settings_row(json_t *rows, const char *name, json_t *value)
{
    _cleanup_json_ json_t *owned = value;
    json_t *row;
    size_t i;

    json_array_foreach (rows, i, row) {
        if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0 &&
            json_equal(json_object_get(row, "value"), value))
            return row;
    }
    row = json_pack("{s:s, s:O, s:[]}", "name", name, "value", owned, "objects");
    return row && json_array_append_new(rows, row) == 0 ? row : NULL;
}

int settings_read(const struct lab *lab, const struct topology_node *node, json_t **out)
{
    _cleanup_(settings_free) struct settings found = {};
    _cleanup_json_ json_t *rows = json_array();
    int r = settings_find(lab, node, &found);

    if (r < 0)
        return r;
    if (found.n_variables == 0)
        return settings_none(&found);
    for (size_t i = 0; i < found.n_variables; i++) {
        const struct settings_variable *variable = &found.variables[i];
        json_t *row = settings_row(rows, variable->name, settings_value_json(&found, variable));

        if (json_array_append_new(json_object_get(row, "objects"),
                                  json_string(found.sections[variable->section].object)) < 0)
            return err_r(ENOMEM, "cannot show the settings");
    }
    *out = TAKE_PTR(rows);
    return 0;
}

int settings_list(const struct lab *lab, const struct topology_node *node, json_t **names,
                  bool *in_map)
{
    _cleanup_(settings_free) struct settings found = {};
    _cleanup_json_ json_t *list = json_array();
    int r = settings_find(lab, node, &found);

    if (r < 0)
        return r;
    for (size_t i = 0; i < found.n_variables; i++) {
        const char *name = found.variables[i].name;

        if (i == 0 || strcmp(name, found.variables[i - 1].name) != 0)
            json_array_append_new(list, json_string(name));
    }
    *in_map = found.in_map;
    *names = TAKE_PTR(list);
    return 0;
}

int settings_apply(const struct lab *lab, const struct setting *more, size_t n, bool partial)
{
    const struct topology *t = lab->topology;
    _cleanup_free_ struct setting *all = NULL;

    if (t->n_settings + n == 0)
        return 0;
    all = calloc(t->n_settings + n, sizeof(*all));
    if (!all)
        return err_r(ENOMEM, "cannot set the programs' settings");
    for (size_t i = 0; i < t->n_settings; i++)
        all[i] = (struct setting){t->settings[i].name, t->settings[i].text};
    for (size_t i = 0; i < n; i++)
        all[t->n_settings + i] = more[i];
    for (size_t i = 0; i < t->n_nodes; i++) {
        int r = settings_write_some(lab, &t->nodes[i], all, t->n_settings + n, partial);

        if (r < 0)
            return r;
    }
    return 0;
}
