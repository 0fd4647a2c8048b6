// SPDX-License-Identifier: Apache-2.0
#include "field/bundle_uids.h"

#include <string.h>

/* The backend that the address leads to; 0: there is none. */
static uint32_t uids_backend(const struct bundle *bundle, const struct address *address)
{
    const struct bundle_map *frontend = bundle_map(bundle, "km_frontend");
    const struct bundle_map *backend = bundle_map(bundle, "km_backend");
    uint32_t uid;
    ssize_t at;

    if (!frontend || !backend || !frontend->layout || !backend->layout || address->af == AF_UNSPEC)
        return 0;
    at = map_entries_find(&frontend->entries, address->bytes);
    if (at < 0)
        return 0;
    memcpy(&uid, map_entries_value(&frontend->entries, (size_t)at), sizeof(uid));
    return map_entries_find(&backend->entries, &uid) < 0 ? 0 : uid;
}

static bool uids_has(const uint32_t *uids, size_t n, uint32_t uid)
{
    for (size_t i = 0; i < n; i++)
        if (uids[i] == uid)
            return true;
    return false;
}

void bundle_uids(const struct bundle *bundle, const struct reachable *reachable,
                 uint32_t uids[REACHABLE_PODS_MAX])
{
    uint32_t free_one = UINT32_MAX;

    for (size_t i = 0; i < reachable->n_pods; i++) {
        const struct reachable_pod *pod = &reachable->pods[i];
        uint32_t uid = uids_backend(bundle, &pod->v4);

        if (uid == 0)
            uid = uids_backend(bundle, &pod->v6);
        uids[i] = uids_has(uids, i, uid) ? 0 : uid;
    }
    for (size_t i = 0; i < reachable->n_pods; i++) {
        if (uids[i])
            continue;
        while (uids_has(uids, reachable->n_pods, free_one))
            free_one--;
        uids[i] = free_one;
    }
}
