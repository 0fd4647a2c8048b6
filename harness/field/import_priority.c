// SPDX-License-Identifier: Apache-2.0
/* How a dump's services balance. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "field/import_work.h"

void import_find_viewer(struct import_work *w)
{
    const json_t *workload;
    size_t i;

    json_array_foreach (w->workloads, i, workload) {
        if (w->view && !w->viewer && strcmp(import_text(workload, "node"), w->view) == 0)
            w->viewer = workload;
    }
}

/* What the workload is for a preference: the name of its node, network, cluster, region, zone… */
static const char *import_scope(const json_t *workload, const char *scope)
{
    static const struct {
        const char *scope, *key;
        bool locality;
    } scopes[] = {
        {"NODE", "node", false},    {"NETWORK", "network", false}, {"CLUSTER", "clusterId", false},
        {"REGION", "region", true}, {"ZONE", "zone", true},        {"SUBZONE", "subzone", true},
    };

    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        if (strcasecmp(scopes[i].scope, scope) == 0)
            return import_text(scopes[i].locality ? json_object_get(workload, "locality")
                                                  : workload,
                               scopes[i].key);
    }
    return NULL;
}

/* A scope that is not known is met by nobody. */
static bool import_is_met(const struct import_work *w, const json_t *workload, const char *scope)
{
    const char *own = import_scope(w->viewer, scope), *its = import_scope(workload, scope);

    return own && its && strcmp(own, its) == 0;
}

json_int_t import_priority(const struct import_work *w, const json_t *service,
                           const json_t *workload)
{
    const json_t *preferences =
        json_object_get(json_object_get(service, "loadBalancer"), "routingPreferences");
    size_t i, n = json_array_size(preferences);
    const json_t *entry;

    if (!w->viewer)
        return 0;
    json_array_foreach (preferences, i, entry) {
        if (!json_is_string(entry) || !import_is_met(w, workload, json_string_value(entry)))
            break;
    }
    return (json_int_t)(n - i < TOPOLOGY_PRIORITIES ? n - i : TOPOLOGY_PRIORITIES - 1);
}

uint32_t import_policy(struct import_work *w, const json_t *service)
{
    static const struct {
        const char *word;
        uint32_t policy;
    } words[] = {{"", LB_RANDOM},
                 {"UNSPECIFIED_MODE", LB_RANDOM},
                 {"STRICT", LB_STRICT},
                 {"FAILOVER", LB_FAILOVER},
                 {"PASSTHROUGH", 3}};
    const json_t *mode = json_object_get(json_object_get(service, "loadBalancer"), "mode");
    const char *text = json_is_string(mode) ? json_string_value(mode) : "";
    uint32_t number;

    if (json_is_integer(mode) && json_integer_value(mode) >= 0 &&
        json_integer_value(mode) <= INT32_MAX)
        return (uint32_t)json_integer_value(mode);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].word, text) == 0)
            return words[i].policy;
    }
    if (topology_setting_number(text, &number) == 0 && number <= INT32_MAX)
        return number;
    w->left_out++;
    return LB_RANDOM;
}
