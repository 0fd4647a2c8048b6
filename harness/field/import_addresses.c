// SPDX-License-Identifier: Apache-2.0
/* Whose the addresses of a dump are, in a lab where each is somebody's. */
#include <string.h>

#include "field/import_work.h"

/* A workload's: a service may have it as well, and so may another workload of the node, both of
 * which have the node's own network then. */
static bool import_take_pod(struct import_work *w, const char *address, const char *name,
                            const char *node)
{
    const json_t *first = json_object_get(w->at, address);
    const char *other = json_string_value(json_array_get(first, 0));

    if (!first) {
        json_object_set_new(w->at, address, json_pack("[s, s]", name, node));
        return true;
    }
    if (strcmp(other, name) == 0 || strcmp(json_string_value(json_array_get(first, 1)), node) != 0)
        return false;
    json_object_set_new(w->sharing, name, json_true());
    json_object_set_new(w->sharing, other, json_true());
    return true;
}

/* A service's: of several services' it is the first one's. */
static bool import_take(struct import_work *w, const char *address, const char *name,
                        const char *node)
{
    bool owned = json_object_get(w->owners, address) != NULL;

    if (node ? !import_take_pod(w, address, name, node) : owned)
        return false;
    if (!owned)
        json_object_set_new(w->owners, address, json_string(name));
    return true;
}

/* A list may name one twice. */
static bool import_has(const json_t *list, const char *address)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (list, i, entry) {
        if (strcmp(json_string_value(entry), address) == 0)
            return true;
    }
    return false;
}

json_t *import_addresses(struct import_work *w, const json_t *list, const char *name,
                         const char *node)
{
    json_t *taken = json_array();
    size_t i, n_v4 = 0, n_v6 = 0;
    const json_t *entry;

    json_array_foreach (list, i, entry) {
        const char *text = json_string_value(entry);
        char plain[ADDRESS_TEXT_MAX];
        struct address a;
        size_t *n;

        if (!text || !import_address(text, !node, &a)) {
            w->left_out++;
            continue;
        }
        n = a.af == AF_INET ? &n_v4 : &n_v6;
        if (import_has(taken, address_text(&a, plain)))
            continue;
        if (*n >= TOPOLOGY_ADDRESSES_MAX || !import_take(w, plain, name, node)) {
            w->left_out++;
            continue;
        }
        json_array_append_new(taken, json_string(plain));
        if (++*n > 1 && strcmp(json_string_value(json_object_get(w->owners, plain)), name) == 0)
            json_object_set_new(w->others, plain, json_true());
    }
    return taken;
}
