// SPDX-License-Identifier: Apache-2.0
#include "field/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bundle/pack.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "topology/topology.h"

/* Of those that are not set. */
#define SETTINGS_NAMED_MAX 8

/* docs/contract.md §2. */
static const struct setting settings_defaults[] = {
    {"bpf_log_level", "2"}, {"enable_monitoring", "1"}, {"enable_periodic_report", "0"},
    {"authz_offload", "1"}, {"node_ip", "none"},        {"pod_gateway", "none"},
};

static bool settings_number(const json_t *value, char out[ADDRESS_TEXT_MAX])
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < 0 || number > UINT32_MAX)
        return false;
    snprintf(out, ADDRESS_TEXT_MAX, "%" PRIu32, (uint32_t)number);
    return true;
}

static bool settings_address(const json_t *value, char out[ADDRESS_TEXT_MAX])
{
    const char *text = json_string_value(value);
    struct address address = {.af = AF_UNSPEC};

    if (!json_is_null(value) && (!text || address_parse(text, &address) < 0))
        return false;
    address_text(&address, out);
    return true;
}

static int settings_add(const char *path, const char *name, enum setting_kind kind,
                        const json_t *value, struct field_settings *out)
{
    char *text = out->texts[out->n];

    if (out->n >= FIELD_SETTINGS_MAX)
        return err_say(EINVAL, "'%s': node.json has too many settings", path);
    if (!(kind == SETTING_NUMBER ? settings_number(value, text) : settings_address(value, text)))
        return err_say(EINVAL, "'%s': node.json: the setting '%s' must be %s", path, name,
                       kind == SETTING_NUMBER ? "a whole number from 0 to 4294967295"
                                              : "an IP address, or null");
    out->list[out->n++] = (struct setting){name, text};
    return 0;
}

int field_settings_read(const struct bundle *bundle, struct field_settings *out)
{
    json_t *settings = json_object_get(bundle->node, "settings"), *value;
    const char *name;
    char quoted[TEXT_QUOTE_MAX];
    size_t others = 0;

    out->n = 0;
    json_object_foreach (settings, name, value) {
        enum setting_kind kind;
        int r;

        if (!topology_setting_known(name, &kind)) {
            if (others++ < SETTINGS_NAMED_MAX)
                log_warning("the bundle's setting '%s' is not the contract's, and is not set",
                            text_quote(name, quoted));
            continue;
        }
        r = settings_add(bundle->path, name, kind, value, out);
        if (r < 0)
            return r;
    }
    if (others > SETTINGS_NAMED_MAX)
        log_warning("and so are %zu more", others - SETTINGS_NAMED_MAX);
    return 0;
}

static bool settings_is_default(const struct setting *setting)
{
    for (size_t i = 0; i < ARRAY_SIZE(settings_defaults); i++)
        if (strcmp(settings_defaults[i].name, setting->name) == 0)
            return strcmp(settings_defaults[i].text, setting->text) == 0;
    return false;
}

void field_settings_print(struct topology_printer *printer, const struct field_settings *settings)
{
    for (size_t i = 0; i < settings->n; i++) {
        const struct setting *s = &settings->list[i];

        if (!settings_is_default(s))
            topology_print_setting(printer, s->name, s->text);
    }
}
