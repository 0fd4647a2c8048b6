// SPDX-License-Identifier: Apache-2.0
#include "lab/entries.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "maps/maps.h"
#include "net/net.h"

/* A pod or a service; neither when nobody has the name. */
struct entry_name {
    const struct topology_pod *pod;
    const struct topology_service *service;
};

static struct entry_name entry_name_find(const struct lab *lab, const char *name)
{
    struct entry_name found = {.pod = topology_pod(lab->topology, name)};

    if (!found.pod)
        found.service = topology_service(lab->topology, name);
    return found;
}

static int entry_name_unknown(const char *field, const char *name, const char *kind)
{
    return err_say(EINVAL, "'%s' is '%.40s', and there is no %s of that name", field, name, kind);
}

/* "NAME", "NAME/v4" or "NAME/v6". */
static int entry_name_split(const struct lab *lab, const char *text, char **name,
                            enum family *family)
{
    const char *slash = strchr(text, '/');

    *family = lab->family;
    if (slash && (family_from_name(slash + 1, family) < 0 || *family == FAMILY_MAPPED))
        return err_say(EINVAL, "'%.40s' must be NAME, NAME/v4 or NAME/v6", text);
    *name = strndup(text, slash ? (size_t)(slash - text) : strlen(text));
    return *name ? 0 : err_r(ENOMEM, "cannot resolve '%.40s'", text);
}

static int entry_name_address(const struct lab *lab, const char *field, const char *text,
                              json_t **out)
{
    _cleanup_free_ char *name = NULL;
    struct address address;
    struct entry_name found;
    enum family family;
    int r;

    if (address_parse(text, &address) == 0)
        return 0;
    r = entry_name_split(lab, text, &name, &family);
    if (r < 0)
        return r;
    found = entry_name_find(lab, name);
    if (!found.pod && !found.service)
        return entry_name_unknown(field, text, "pod or service");
    if (found.pod)
        address = family == FAMILY_V6 ? found.pod->v6 : found.pod->v4;
    else
        address = family == FAMILY_V6 ? found.service->v6 : found.service->v4;
    if (address.af == AF_UNSPEC)
        return err_say(EINVAL, "'%s' has no %s address", name, family_name(family));
    *out = json_address(&address);
    return 0;
}

static int entry_name_cookie(const struct lab *lab, const char *field, const char *text,
                             json_t **out)
{
    _cleanup_close_ int netns = -1;
    uint64_t cookie = 0;
    int r;

    if (!topology_pod(lab->topology, text))
        return entry_name_unknown(field, text, "pod");
    r = net_open_pod(lab, text, &netns);
    if (r < 0)
        return r;
    r = net_cookie(netns, &cookie);
    if (r < 0)
        return r;
    *out = json_integer((json_int_t)cookie);
    return 0;
}

static int entry_name_id(const struct lab *lab, const char *field, const char *text, json_t **out)
{
    struct entry_name found = entry_name_find(lab, text);
    bool pod_too = strcmp(field, "upstream") == 0;

    if (!found.service && !(pod_too && found.pod))
        return entry_name_unknown(field, text, pod_too ? "service or pod" : "service");
    *out = json_integer(found.service ? found.service->id : found.pod->uid);
    return 0;
}

static int entry_name_uid(const struct lab *lab, const char *field, const char *text, json_t **out)
{
    const struct topology_pod *pod = topology_pod(lab->topology, text);

    if (!pod)
        return entry_name_unknown(field, text, "pod");
    *out = json_integer(pod->uid);
    return 0;
}

static const struct {
    const char *field;
    /* *out stays NULL where the text is what it says. */
    int (*resolve)(const struct lab *lab, const char *field, const char *text, json_t **out);
} entry_name_fields[] = {
    {"address", entry_name_address}, {"waypoint", entry_name_address},
    {"cookie", entry_name_cookie},   {"upstream", entry_name_id},
    {"service", entry_name_id},      {"id", entry_name_id},
    {"uid", entry_name_uid},
};

int entry_resolve(const struct lab *lab, json_t *object)
{
    for (size_t i = 0; i < ARRAY_SIZE(entry_name_fields); i++) {
        const char *field = entry_name_fields[i].field;
        const char *text = json_string_value(json_object_get(object, field));
        json_t *number = NULL;
        int r;

        if (!text)
            continue;
        r = entry_name_fields[i].resolve(lab, field, text, &number);
        if (r < 0)
            return r;
        if (number && json_object_set_new(object, field, number) < 0)
            return err_r(ENOMEM, "cannot resolve '%s'", field);
    }
    return 0;
}

static int entries_check(const json_t *entries, const char *from)
{
    const json_t *entry;
    size_t i;

    if (!json_is_array(entries))
        return err_say(EINVAL, "%s: must be an array of {\"key\": …, \"value\": …}", from);
    json_array_foreach (entries, i, entry) {
        if (!json_object_get(entry, "key") || !json_object_get(entry, "value"))
            return err_say(EINVAL, "%s: entry %zu has no \"key\" or no \"value\"", from, i + 1);
    }
    return 0;
}

static int entry_write(const struct lab *lab, const struct topology_node *node, const char *map,
                       const json_t *entry)
{
    json_t *key = json_object_get(entry, "key"), *value = json_object_get(entry, "value");
    int r = entry_resolve(lab, key);

    if (r < 0)
        return r;
    r = entry_resolve(lab, value);
    return r < 0 ? r : map_set(lab, node, map, key, value);
}

int entries_load(const struct lab *lab, const struct topology_node *node, const char *map,
                 json_t *entries, const char *from)
{
    const json_t *entry;
    size_t i;
    int r = entries_check(entries, from);

    if (r < 0)
        return r;
    json_array_foreach (entries, i, entry) {
        r = entry_write(lab, node, map, entry);
        if (r < 0)
            return err_say(r, "%s: entry %zu was refused, the %zu before it are in '%s'", from,
                           i + 1, i, map);
    }
    return 0;
}
