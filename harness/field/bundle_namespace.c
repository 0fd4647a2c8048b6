// SPDX-License-Identifier: Apache-2.0
#include "field/bundle_namespace.h"

#include <string.h>

static bool namespace_has_address(const json_t *ns, const char *address)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(ns, "addresses"), i, entry) {
        const char *text = json_string_value(entry);

        if (text && strcmp(text, address) == 0)
            return true;
    }
    return false;
}

/* Whether km_manage has the namespace's cookie. */
static bool namespace_is_enrolled(const struct bundle *bundle, const json_t *ns)
{
    const struct bundle_map *manage = bundle_map(bundle, "km_manage");
    uint64_t key[2] = {(uint64_t)json_integer_value(json_object_get(ns, "cookie")), 0};

    return manage && key[0] && map_entries_find(&manage->entries, key) >= 0;
}

const json_t *bundle_namespace(const struct bundle *bundle, const char *key, const char *address)
{
    const json_t *ns, *found = NULL;
    size_t i;

    json_array_foreach (json_object_get(bundle->node, "namespaces"), i, ns) {
        const char *name = json_string_value(json_object_get(ns, "name"));

        if (key && name && strcmp(name, key) == 0)
            return ns;
        if (address && namespace_has_address(ns, address) &&
            (!found ||
             (!namespace_is_enrolled(bundle, found) && namespace_is_enrolled(bundle, ns))))
            found = ns;
    }
    return found;
}
