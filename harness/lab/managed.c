// SPDX-License-Identifier: Apache-2.0
#include "lab/managed.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "maps/maps.h"
#include "net/net.h"

/* Takes `key`. */
static int managed_has(const struct lab *lab, const struct topology_pod *pod, json_t *key,
                       bool *out)
{
    const struct topology_node *node = &lab->topology->nodes[pod->node];
    _cleanup_json_ json_t *owned = key, *value = NULL;
    int r = owned ? map_get(lab, node, "km_manage", owned, &value)
                  : err_r(ENOMEM, "cannot read km_manage");

    *out = r == 0;
    return r == -ENOKEY ? 0 : r;
}

static int managed_has_address(const struct lab *lab, const struct topology_pod *pod,
                               const struct address *address, bool *out)
{
    if (address->af == AF_UNSPEC)
        return 0;
    return managed_has(lab, pod, json_pack("{s:o}", "address", json_address(address)), out);
}

int managed_read(const struct lab *lab, const struct topology_pod *pod, struct managed *out)
{
    _cleanup_close_ int netns = -1;
    uint64_t cookie;
    int r = net_open_pod(lab, pod->name, &netns);

    *out = (struct managed){.cookie = false};
    if (r < 0)
        return r;
    r = net_cookie(netns, &cookie);
    if (r < 0)
        return r;
    r = managed_has(lab, pod, json_pack("{s:I}", "cookie", (json_int_t)cookie), &out->cookie);
    if (r < 0)
        return r;
    r = managed_has_address(lab, pod, &pod->v4, &out->v4);
    return r < 0 ? r : managed_has_address(lab, pod, &pod->v6, &out->v6);
}
