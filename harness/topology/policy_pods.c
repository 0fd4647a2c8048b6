// SPDX-License-Identifier: Apache-2.0
/* What a policy has with others: its name, its id, its pods. */
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "topology/build.h"

static struct build_place policy_at(size_t policy, const char *member)
{
    return (struct build_place){.list = "policies", .index = policy, .member = member};
}

/* A name is one in its namespace. */
int build_policy_names(const struct build *b)
{
    const struct policies *all = &b->topology->policies;
    _cleanup_index_ struct index index = {0};
    _cleanup_free_ char(*keys)[2 * POLICY_TEXT_MAX + 2] =
        calloc(all->n ? all->n : 1, sizeof(*keys));
    size_t first, second;
    int r = index_init(&index, all->n);

    if (r < 0)
        return r;
    if (!keys)
        return err_r(ENOMEM, "cannot check '%s'", b->document->name);
    for (size_t i = 0; i < all->n; i++) {
        /* No name holds a newline. */
        snprintf(keys[i], sizeof(keys[i]), "%s\n%s", all->list[i].namespace, all->list[i].name);
        index_add_name(&index, keys[i], i);
    }
    index_sort(&index);
    if (!index_duplicate(&index, &first, &second))
        return 0;
    return build_error(b, policy_at(second, "name"),
                       "the policy '%s' has the name of the policy on line %zu, and its namespace",
                       all->list[second].name, build_line(b, policy_at(first, "name")));
}

/* Given ones, and the positions of the others, counted from 1. */
static int policy_ids(struct build *b)
{
    struct policies *all = &b->topology->policies;
    _cleanup_index_ struct index index = {0};
    size_t first, second;
    int r = index_init(&index, all->n);

    if (r < 0)
        return r;
    for (size_t i = 0; i < all->n; i++) {
        if (all->list[i].id == 0)
            all->list[i].id = (uint32_t)(1 + i);
        index_add(&index, &all->list[i].id, sizeof(all->list[i].id), i);
    }
    index_sort(&index);
    if (!index_duplicate(&index, &first, &second))
        return 0;
    if (b->spec->policies[second].id == 0) {
        size_t given = first;

        first = second;
        second = given;
    }
    return build_error(b, policy_at(second, "id"),
                       "id %u of the policy '%s' is that of the policy '%s' too",
                       all->list[second].id, all->list[second].name, all->list[first].name);
}

static int policy_put_on(const struct build *b, struct build_place at, size_t policy, size_t index)
{
    struct topology_pod *pod = &b->topology->pods[index];
    struct policy *p = &b->topology->policies.list[policy];
    size_t *pods;

    /* Policies are gone through in order: one that the pod has already is its last. */
    if (pod->n_policies > 0 && pod->policies[pod->n_policies - 1] == policy)
        return 0;
    if (pod->n_policies == POLICY_POD_MAX)
        return build_error(b, at, "the pod '%s' is under more than %d policies", pod->name,
                           POLICY_POD_MAX);
    pods = reallocarray(p->pods, p->n_pods + 1, sizeof(*pods));
    if (!pods)
        return err_r(ENOMEM, "cannot read a topology");
    p->pods = pods;
    p->pods[p->n_pods++] = index;
    pod->policies[pod->n_policies++] = policy;
    return 0;
}

static int policy_put_on_service(const struct build *b, struct build_place at, size_t policy,
                                 const struct topology_service *service)
{
    for (size_t i = 0; i < service->n_endpoints; i++) {
        int r = policy_put_on(b, at, policy, service->endpoints[i].pod);

        if (r < 0)
            return r;
    }
    return 0;
}

/* The pods that a policy names, and those behind the services that it names. */
static int policy_pods(const struct build *b, size_t policy)
{
    const struct spec_policy *s = &b->spec->policies[policy];
    struct build_owner owner = {0};

    for (size_t i = 0; i < s->pods.n; i++) {
        struct build_place at = {"policies", policy, "", "pods", i};
        int r = build_find(b, at, BUILD_POD, s->pods.texts[i], &owner);

        if (r < 0)
            return r;
        r = policy_put_on(b, at, policy, owner.index);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < s->services.n; i++) {
        struct build_place at = {"policies", policy, "", "services", i};
        int r = build_find(b, at, BUILD_SERVICE, s->services.texts[i], &owner);

        if (r < 0)
            return r;
        r = policy_put_on_service(b, at, policy, &b->topology->services[owner.index]);
        if (r < 0)
            return r;
    }
    return 0;
}

int build_policy_pods(struct build *b)
{
    int r = policy_ids(b);

    for (size_t i = 0; r >= 0 && i < b->topology->policies.n; i++)
        r = policy_pods(b, i);
    return r;
}
