// SPDX-License-Identifier: Apache-2.0
/* Policies in a lab that is up: replaced, planted and shown. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "maps/field.h"
#include "maps/journal.h"
#include "maps/policies.h"
#include "maps/policy_plant.h"
#include "maps/policy_show.h"
#include "maps/raw.h"

struct policies_job {
    const struct lab *lab;
    const struct topology_node *node;
    struct map_handle cells[KM_CELLS], policies, workloads;
    uint32_t uid;
    struct km_wlpolicy_value slots; /* of the pod, as they are */
};

static void policies_job_close(struct policies_job *job)
{
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        map_handle_close(&job->cells[type]);
    map_handle_close(&job->policies);
    map_handle_close(&job->workloads);
}

static int policies_open_map(const struct policies_job *job, const char *name,
                             struct map_handle *out)
{
    int r = map_handle_open(job->lab, job->node, name, out);

    if (r < 0)
        return r;
    if (!out->layout || out->layout->version)
        return err_say(EPROTO, "map '%s' of '%s' has not the layout of the contract", name,
                       job->node->name);
    return 0;
}

/* kmesh_map296 has no part in policies. */
static int policies_job_open(struct policies_job *job, const struct lab *lab,
                             const struct topology_node *node, uint32_t uid)
{
    int r;

    *job = (struct policies_job){
        .lab = lab, .node = node, .uid = uid, .policies.fd = -1, .workloads.fd = -1};
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        job->cells[type].fd = -1;
    for (enum km_cells type = 0; type < KM_CELLS; type++) {
        r = type == KM_CELLS_296 ? 0
                                 : policies_open_map(job, map_cells_name(type), &job->cells[type]);
        if (r < 0)
            return r;
    }
    r = policies_open_map(job, "km_authz_policy", &job->policies);
    if (r < 0)
        return r;
    r = policies_open_map(job, "km_wlpolicy", &job->workloads);
    if (r < 0)
        return r;
    r = bpf_map_lookup_elem(job->workloads.fd, &job->uid, &job->slots);
    return r < 0 && r != -ENOENT ? err_r(r, "cannot read map 'km_wlpolicy'") : 0;
}

static int policies_job_open_pod(struct policies_job *job, const struct lab *lab,
                                 const struct topology_pod *pod)
{
    return policies_job_open(job, lab, &lab->topology->nodes[pod->node], pod->uid);
}

/* For policy_source. */
static int policies_read_cell(void *data, enum km_cells type, uint32_t index, void *cell)
{
    const struct policies_job *job = data;

    return job->cells[type].fd < 0 ? -ENOENT
                                   : bpf_map_lookup_elem(job->cells[type].fd, &index, cell);
}

/* For policy_cells. */
static int policies_taken(void *data, enum km_cells type, uint32_t index)
{
    uint8_t cell[1600];
    int r = policies_read_cell(data, type, index, cell);

    if (r == -ENOENT)
        return 0;
    return r < 0 ? err_r(r, "cannot read map '%s'", map_cells_name(type)) : 1;
}

/* The text of a name that is there, "" of another. */
static const char *policies_text(struct policies_job *job, uint64_t ref, char out[192])
{
    uint32_t index = (uint32_t)ref & KM_CELLS_INDEX_MAX;

    if ((uint32_t)ref >> 24 != KM_CELLS_192 ||
        policies_read_cell(job, KM_CELLS_192, index, out) < 0)
        out[0] = '\0';
    out[KM_CELLS_TEXT] = '\0';
    return out;
}

/* `namespace` NULL: in any. */
static bool policies_is_called(struct policies_job *job, uint32_t id, const char *namespace,
                               const char *name)
{
    struct km_authorization value;
    char text[192];

    if (id == 0 || bpf_map_lookup_elem(job->policies.fd, &id, &value) < 0 ||
        strcmp(policies_text(job, value.name, text), name) != 0)
        return false;
    return !namespace || strcmp(policies_text(job, value.namespace, text), namespace) == 0;
}

static bool policies_has_id(const uint32_t *ids, size_t n, uint32_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* The id that a policy of this name has on the pod, else the first that nothing has. */
static uint32_t policies_find_id(struct policies_job *job, const struct policy *policy,
                                 const uint32_t *used, size_t n_used)
{
    struct km_authorization value;
    uint32_t id = 1;

    for (size_t i = 0; i < KM_POLICIES; i++)
        if (policies_is_called(job, job->slots.policies[i], policy->namespace, policy->name))
            return job->slots.policies[i];
    while (policies_has_id(used, n_used, id) ||
           bpf_map_lookup_elem(job->policies.fd, &id, &value) == 0)
        id++;
    return id;
}

/* Gives every policy its id, and the slots. */
static int policies_number(struct policies_job *job, struct policies *policies,
                           struct km_wlpolicy_value *slots)
{
    if (policies->n > KM_POLICIES)
        return err_say(EINVAL, "a pod can be under %d policies, here are %zu", KM_POLICIES,
                       policies->n);
    for (size_t i = 0; i < policies->n; i++) {
        struct policy *policy = &policies->list[i];

        if (policy->id == 0)
            policy->id = policies_find_id(job, policy, slots->policies, i);
        if (policies_has_id(slots->policies, i, policy->id))
            return err_say(EINVAL, "two policies have the id %u", policy->id);
        slots->policies[i] = policy->id;
    }
    return 0;
}

static int policies_write(const struct policies_job *job, const struct map_handle *handle,
                          const struct map_entries *entries)
{
    const char *name;
    int r;

    if (entries->n == 0)
        return 0;
    name = handle->layout->name;
    r = maps_journal_add(job->lab, job->node, name, entries->keys,
                         (uint32_t)entries->n * entries->key_size);
    return r < 0 ? r : map_write_entries(handle, name, entries);
}

static int policies_write_all(const struct policies_job *job, const struct policy_cells *cells)
{
    for (enum km_cells type = 0; type < KM_CELLS; type++) {
        int r = policies_write(job, &job->cells[type], &cells->cells[type]);

        if (r < 0)
            return r;
    }
    return policies_write(job, &job->policies, &cells->policies);
}

/* Deletes one that no workload is under. */
static int policies_delete(const struct policies_job *job, const struct map_entries *workloads,
                           uint32_t id)
{
    int r;

    for (size_t i = 0; i < workloads->n; i++) {
        struct km_wlpolicy_value value;

        memcpy(&value, map_entries_value(workloads, i), sizeof(value));
        if (policies_has_id(value.policies, KM_POLICIES, id))
            return 0;
    }
    r = maps_journal_add(job->lab, job->node, "km_authz_policy", &id, sizeof(id));
    if (r < 0)
        return r;
    r = bpf_map_delete_elem(job->policies.fd, &id);
    return r < 0 && r != -ENOENT ? err_r(r, "cannot delete from map 'km_authz_policy'") : 0;
}

static int policies_write_slots(const struct policies_job *job,
                                const struct km_wlpolicy_value *slots)
{
    static const struct km_wlpolicy_value none;
    int r = maps_journal_add(job->lab, job->node, "km_wlpolicy", &job->uid, sizeof(job->uid));

    if (r < 0)
        return r;
    if (memcmp(slots, &none, sizeof(none)) == 0)
        r = bpf_map_delete_elem(job->workloads.fd, &job->uid);
    else
        r = bpf_map_update_elem(job->workloads.fd, &job->uid, slots, BPF_ANY);
    return r < 0 && r != -ENOENT ? err_r(r, "cannot write map 'km_wlpolicy'") : 0;
}

/* The pod's slots, and then what nobody is under any more. */
static int policies_change_slots(const struct policies_job *job,
                                 const struct km_wlpolicy_value *slots)
{
    _cleanup_(map_entries_free) struct map_entries workloads = {};
    int r;

    if (memcmp(slots, &job->slots, sizeof(*slots)) == 0)
        return 0;
    r = policies_write_slots(job, slots);
    if (r < 0)
        return r;
    r = map_read_entries(&job->workloads, "km_wlpolicy", &workloads);
    for (size_t i = 0; r >= 0 && i < KM_POLICIES; i++) {
        uint32_t id = job->slots.policies[i];

        if (id && !policies_has_id(slots->policies, KM_POLICIES, id))
            r = policies_delete(job, &workloads, id);
    }
    return r;
}

int maps_set_policies(const struct lab *lab, const struct topology_pod *pod,
                      struct policies *policies)
{
    _cleanup_(policies_job_close) struct policies_job job;
    _cleanup_(policy_cells_free) struct policy_cells cells;
    struct km_wlpolicy_value slots = {0};
    int r;

    policy_cells_init(&cells);
    r = policies_job_open_pod(&job, lab, pod);
    if (r < 0)
        return r;
    r = policies_number(&job, policies, &slots);
    if (r < 0)
        return r;
    cells.taken = policies_taken;
    cells.data = &job;
    r = policy_cells_add_all(&cells, policies);
    if (r < 0)
        return r;
    r = policies_write_all(&job, &cells);
    return r < 0 ? r : policies_change_slots(&job, &slots);
}

int maps_plant_policy(const struct lab *lab, const struct topology_node *node, uint32_t id,
                      const json_t *policy)
{
    _cleanup_(policies_job_close) struct policies_job job;
    _cleanup_(policy_cells_free) struct policy_cells cells;
    int r;

    policy_cells_init(&cells);
    r = policies_job_open(&job, lab, node, 0);
    if (r < 0)
        return r;
    cells.taken = policies_taken;
    cells.data = &job;
    r = policy_plant(&cells, id, policy);
    return r < 0 ? r : policies_write_all(&job, &cells);
}

int maps_drop_policies(const struct lab *lab, const struct topology_pod *pod, const char *name)
{
    _cleanup_(policies_job_close) struct policies_job job;
    struct km_wlpolicy_value slots = {0};
    size_t n = 0, dropped = 0;
    int r = policies_job_open_pod(&job, lab, pod);

    if (r < 0)
        return r;
    for (size_t i = 0; i < KM_POLICIES; i++) {
        uint32_t id = job.slots.policies[i];

        if (id && (!name || policies_is_called(&job, id, NULL, name)))
            dropped++;
        else if (id)
            slots.policies[n++] = id;
    }
    return dropped ? policies_change_slots(&job, &slots) : -ENOKEY;
}

static json_t *policies_show_one(struct policies_job *job, uint32_t id)
{
    const struct policy_source source = {policies_read_cell, job};
    struct km_authorization value;

    if (bpf_map_lookup_elem(job->policies.fd, &id, &value) < 0)
        return json_pack("{s:I, s:s}", "id", (json_int_t)id, "fault", "no policy has this id");
    return policy_show(&source, id, &value);
}

int maps_show_policies(const struct lab *lab, const struct topology_pod *pod, json_t **out)
{
    _cleanup_(policies_job_close) struct policies_job job;
    _cleanup_json_ json_t *array = json_array();
    int r = policies_job_open_pod(&job, lab, pod);

    if (r < 0)
        return r;
    for (size_t i = 0; i < KM_POLICIES; i++)
        if (job.slots.policies[i] &&
            json_array_append_new(array, policies_show_one(&job, job.slots.policies[i])) < 0)
            return err_r(ENOMEM, "cannot show the policies of '%s'", pod->name);
    *out = TAKE_PTR(array);
    return 0;
}
