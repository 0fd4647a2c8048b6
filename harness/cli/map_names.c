// SPDX-License-Identifier: Apache-2.0
#include "cli/map_names.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "net/net.h"

/* A pod or a service; neither when nobody has the name. */
struct map_name {
    const struct topology_pod *pod;
    const struct topology_service *service;
};

static struct map_name map_name_find(const struct lab *lab, const char *name)
{
    struct map_name found = {.pod = topology_pod(lab->topology, name)};

    if (!found.pod)
        found.service = topology_service(lab->topology, name);
    return found;
}

static int map_name_unknown(const char *field, const char *name, const char *kind)
{
    return err_say(EINVAL, "'%s' is '%.40s', and there is no %s of that name", field, name, kind);
}

/* "NAME", "NAME/v4" or "NAME/v6". */
static int map_name_split(const struct lab *lab, const char *text, char **name, enum family *family)
{
    const char *slash = strchr(text, '/');

    *family = lab->family;
    if (slash && (family_from_name(slash + 1, family) < 0 || *family == FAMILY_MAPPED))
        return err_say(EINVAL, "'%.40s' must be NAME, NAME/v4 or NAME/v6", text);
    *name = strndup(text, slash ? (size_t)(slash - text) : strlen(text));
    return *name ? 0 : err_r(ENOMEM, "cannot resolve '%.40s'", text);
}

static int map_name_address(const struct lab *lab, const char *field, const char *text,
                            json_t **out)
{
    _cleanup_free_ char *name = NULL;
    struct address address;
    struct map_name found;
    enum family family;
    int r;

    if (address_parse(text, &address) == 0)
        return 0;
    r = map_name_split(lab, text, &name, &family);
    if (r < 0)
        return r;
    found = map_name_find(lab, name);
    if (!found.pod && !found.service)
        return map_name_unknown(field, text, "pod or service");
    if (found.pod)
        address = family == FAMILY_V6 ? found.pod->v6 : found.pod->v4;
    else
        address = family == FAMILY_V6 ? found.service->v6 : found.service->v4;
    if (address.af == AF_UNSPEC)
        return err_say(EINVAL, "'%s' has no %s address", name, family_name(family));
    *out = json_address(&address);
    return 0;
}

static int map_name_cookie(const struct lab *lab, const char *field, const char *text, json_t **out)
{
    _cleanup_close_ int netns = -1;
    uint64_t cookie = 0;
    int r;

    if (!topology_pod(lab->topology, text))
        return map_name_unknown(field, text, "pod");
    r = net_open_pod(lab, text, &netns);
    if (r == 0)
        r = net_cookie(netns, &cookie);
    if (r == 0)
        *out = json_integer((json_int_t)cookie);
    return r;
}

static int map_name_id(const struct lab *lab, const char *field, const char *text, json_t **out)
{
    struct map_name found = map_name_find(lab, text);
    bool pod_too = strcmp(field, "upstream") == 0;

    if (!found.service && !(pod_too && found.pod))
        return map_name_unknown(field, text, pod_too ? "service or pod" : "service");
    *out = json_integer(found.service ? found.service->id : found.pod->uid);
    return 0;
}

static int map_name_uid(const struct lab *lab, const char *field, const char *text, json_t **out)
{
    const struct topology_pod *pod = topology_pod(lab->topology, text);

    if (!pod)
        return map_name_unknown(field, text, "pod");
    *out = json_integer(pod->uid);
    return 0;
}

static const struct {
    const char *field;
    int (*resolve)(const struct lab *lab, const char *field, const char *text, json_t **out);
} map_name_fields[] = {
    {"address", map_name_address}, {"waypoint", map_name_address}, {"cookie", map_name_cookie},
    {"upstream", map_name_id},     {"service", map_name_id},       {"id", map_name_id},
    {"uid", map_name_uid},
};

int map_names(const struct lab *lab, json_t *object)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(map_name_fields); i++) {
        const char *field = map_name_fields[i].field;
        const char *text = json_string_value(json_object_get(object, field));
        json_t *number = NULL;

        if (text)
            r = map_name_fields[i].resolve(lab, field, text, &number);
        if (number && json_object_set_new(object, field, number) < 0)
            r = err_r(ENOMEM, "cannot resolve '%s'", field);
    }
    return r;
}
