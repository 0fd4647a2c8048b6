// SPDX-License-Identifier: Apache-2.0
/* The programs' global variables, by the contract's names (docs/contract.md §2). */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "topology/build.h"

#define SETTING(member, k)                                                                         \
    {                                                                                              \
#member, offsetof(struct spec_settings, member), k                                         \
    }

static const struct {
    const char *name;
    size_t offset;
    enum setting_kind kind;
} settings_table[] = {
    SETTING(bpf_log_level, SETTING_NUMBER),
    SETTING(enable_monitoring, SETTING_NUMBER),
    SETTING(enable_periodic_report, SETTING_NUMBER),
    SETTING(authz_offload, SETTING_NUMBER),
    SETTING(node_ip, SETTING_ADDRESS),
    SETTING(pod_gateway, SETTING_ADDRESS),
};

bool topology_setting_known(const char *name, enum setting_kind *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(settings_table); i++) {
        if (strcmp(settings_table[i].name, name) != 0)
            continue;
        if (kind)
            *kind = settings_table[i].kind;
        return true;
    }
    return false;
}

int topology_setting_number(const char *text, uint32_t *out)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long long number;

    if (digits == 0 || digits > 10 || text[digits])
        return -EINVAL;
    number = strtoull(text, NULL, 10);
    if (number > UINT32_MAX)
        return -EINVAL;
    *out = (uint32_t)number;
    return 0;
}

int topology_setting_address(const struct topology *t, const char *text, enum family family,
                             struct address *out)
{
    if (address_parse(text, out) == 0) {
        *out = address_unmapped(out);
        return 0;
    }
    *out = (struct address){.af = AF_UNSPEC};
    if (strcmp(text, "none") == 0)
        return 0;
    for (size_t i = 0; i < build_n_owners(t); i++) {
        struct build_owner owner = build_owner(t, i);

        if (strcmp(owner.name, text) != 0)
            continue;
        *out = family == FAMILY_V6 ? owner.v6 : owner.v4;
        return 0;
    }
    return -EINVAL;
}

static int settings_refuse(const struct build *b, const char *name, const char *text,
                           const char *right)
{
    char quoted[TEXT_QUOTE_MAX];

    return document_error(b->document, document_line(b->document, "settings/%s", name),
                          "'%s' is '%s', must be %s", name, text_quote(text, quoted), right);
}

static int settings_check(const struct build *b, const char *name, enum setting_kind kind,
                          const char *text)
{
    struct address address;
    uint32_t number;

    if (kind == SETTING_NUMBER && topology_setting_number(text, &number) < 0)
        return settings_refuse(b, name, text, "a whole number from 0 to 4294967295");
    if (kind == SETTING_ADDRESS &&
        topology_setting_address(b->topology, text, FAMILY_V4, &address) < 0)
        return settings_refuse(b, name, text,
                               "an IP address, none, or the name of a node, pod or service");
    return 0;
}

int build_settings(struct build *b)
{
    struct topology *t = b->topology;

    if (!b->spec->settings)
        return 0;
    t->settings = calloc(ARRAY_SIZE(settings_table), sizeof(*t->settings));
    if (!t->settings)
        return err_r(ENOMEM, "cannot read '%s'", b->document->name);
    for (size_t i = 0; i < ARRAY_SIZE(settings_table); i++) {
        const char *at = (const char *)b->spec->settings + settings_table[i].offset;
        const char *text = *(char *const *)(const void *)at;
        int r;

        if (!text)
            continue;
        r = settings_check(b, settings_table[i].name, settings_table[i].kind, text);
        if (r < 0)
            return r;
        t->settings[t->n_settings].name = settings_table[i].name;
        t->settings[t->n_settings].text = strdup(text);
        if (!t->settings[t->n_settings++].text)
            return err_r(ENOMEM, "cannot read '%s'", b->document->name);
    }
    return 0;
}
