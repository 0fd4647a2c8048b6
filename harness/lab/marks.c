// SPDX-License-Identifier: Apache-2.0
#include "lab/marks.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "net/filters.h"
#include "net/net.h"
#include "net/ns.h"
#include "net/plan.h"
#include "objects/verifier_log.h"

#define MARKS_HANDLE   1
#define MARKS_PRIORITY 1

struct marks_job {
    const struct lab *lab;
    const struct topology_node *node;
    const struct topology_pod *pod; /* NULL: all of the node */
    bool encrypts;                  /* else the other program */
    int program_fd;                 /* -1: the filter is taken off */
    int index;                      /* of marks_count() */
    size_t filters;
};

int marks_attach_filter(int index, int point, uint32_t handle, int program_fd)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = index,
                .attach_point = (enum bpf_tc_attach_point)point);
    LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program_fd, .flags = BPF_TC_F_REPLACE,
                .handle = handle, .priority = MARKS_PRIORITY);
    int r;

    programs_log_init();
    r = bpf_tc_hook_create(&hook);
    return r < 0 && r != -EEXIST ? r : bpf_tc_attach(&hook, &options);
}

/* The qdisc stays: the witness has a filter there, too. */
int marks_detach_filter(int index, uint32_t handle)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = index, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, options, .handle = handle, .priority = MARKS_PRIORITY);
    int r;

    programs_log_init();
    r = bpf_tc_detach(&hook, &options);
    return r == -ENOENT || r == -EINVAL ? 0 : r;
}

static int marks_change(const struct marks_job *job, int index, const char *name)
{
    int r = job->program_fd < 0
                ? marks_detach_filter(index, MARKS_HANDLE)
                : marks_attach_filter(index, BPF_TC_INGRESS, MARKS_HANDLE, job->program_fd);

    if (r == -ENOENT && job->program_fd >= 0)
        return err_say(ENOENT,
                       "cannot attach filters: this kernel has no clsact qdisc or no BPF filters "
                       "(modprobe sch_ingress cls_bpf, or CONFIG_NET_SCH_INGRESS and "
                       "CONFIG_NET_CLS_BPF)");
    return r < 0 ? err_bpf(r, "cannot %s the filter of the interface to '%s' in '%s'",
                           job->program_fd < 0 ? "take off" : "attach", name, job->node->name)
                 : 0;
}

static int marks_pod_index(const struct lab *lab, const struct topology_pod *pod)
{
    struct net_pair pair;

    net_plan_pod(&pair, (size_t)(pod - lab->topology->pods), -1);
    return pair.near.index;
}

static int marks_change_pods(const struct marks_job *job)
{
    const struct topology *t = job->lab->topology;

    for (size_t i = 0; i < t->n_pods; i++) {
        const struct topology_pod *pod = &t->pods[i];
        bool due = job->pod ? pod == job->pod : pod->managed && &t->nodes[pod->node] == job->node;
        /* A host pod's packets pass no interface of a pod. */
        int r =
            due && !pod->host ? marks_change(job, marks_pod_index(job->lab, pod), pod->name) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

/* A lab's nodes have their addresses on lo, and these links in the place of a node's own eth0. */
static int marks_change_nodes(const struct marks_job *job)
{
    const struct topology *t = job->lab->topology;

    for (size_t i = 0; i < t->n_nodes; i++) {
        int r = &t->nodes[i] == job->node
                    ? 0
                    : marks_change(job, net_plan_node_index(i), t->nodes[i].name);

        if (r < 0)
            return r;
    }
    return 0;
}

static int marks_run(void *data)
{
    const struct marks_job *job = data;
    int r = net_enter(job->lab, job->node->name);

    if (r < 0)
        return r;
    return job->encrypts ? marks_change_pods(job) : marks_change_nodes(job);
}

static bool marks_encrypts(const struct program_row *row)
{
    return strcmp(row->name, "tc_mark_encrypt") == 0;
}

int marks_attach(const struct lab *lab, const struct topology_node *node,
                 const struct program_row *row, int program_fd)
{
    struct marks_job job = {
        .lab = lab, .node = node, .encrypts = marks_encrypts(row), .program_fd = program_fd};

    return net_ns_call(marks_run, &job);
}

/* With a program or without. */
static int marks_change_again(const struct lab *lab, const struct topology_node *node,
                              const struct program_row *row, bool attach)
{
    struct marks_job job = {
        .lab = lab, .node = node, .encrypts = marks_encrypts(row), .program_fd = -1};
    _cleanup_close_ int fd = -1;
    int r = attach ? lab_open_program(lab, node, row->name, &fd) : 0;

    if (r < 0)
        return r == -ENOENT ? 0 : err_r(r, "cannot open %s of '%s'", row->name, node->name);
    job.program_fd = fd;
    return net_ns_call(marks_run, &job);
}

static int marks_change_all(const struct lab *lab, bool attach)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);

    if (lab->topology->encryption == ENCRYPTION_NONE)
        return err_say(EINVAL,
                       "lab '%s' has no encryption: its topology does not say "
                       "'encryption: marks'",
                       lab->name);
    for (size_t i = 0; i < n * lab->topology->n_nodes; i++) {
        const struct program_row *row = &rows[i % n];
        int r = row->place == PROGRAM_TC
                    ? marks_change_again(lab, &lab->topology->nodes[i / n], row, attach)
                    : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

int marks_attach_again(const struct lab *lab)
{
    return marks_change_all(lab, true);
}

int marks_detach(const struct lab *lab)
{
    return marks_change_all(lab, false);
}

int marks_attach_pod(const struct lab *lab, const struct topology_pod *pod)
{
    struct marks_job job = {.lab = lab,
                            .node = &lab->topology->nodes[pod->node],
                            .pod = pod,
                            .encrypts = true,
                            .program_fd = -1};
    _cleanup_close_ int fd = -1;
    int r;

    if (lab->topology->encryption == ENCRYPTION_NONE)
        return 0;
    r = lab_open_program(lab, job.node, "tc_mark_encrypt", &fd);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    job.program_fd = fd;
    return net_ns_call(marks_run, &job);
}

int marks_interface(const struct lab *lab, const struct topology_node *node, const char *to,
                    int *out)
{
    const struct topology *t = lab->topology;
    const struct topology_pod *pod = topology_pod(t, to);
    const struct topology_node *other = topology_node(t, to);

    if (pod && &t->nodes[pod->node] == node) {
        *out = marks_pod_index(lab, pod);
        return 0;
    }
    if (other && other != node) {
        *out = net_plan_node_index((size_t)(other - t->nodes));
        return 0;
    }
    return err_say(EINVAL,
                   "'%s' has no interface that leads to '%s': neither another node nor one "
                   "of its pods is called so",
                   node->name, to);
}

static int marks_count_run(void *data)
{
    struct marks_job *job = data;
    int r = net_enter(job->lab, job->node->name);

    return r < 0 ? r : net_filters_count(job->index, &job->filters);
}

int marks_count(const struct lab *lab, const struct topology_node *node, const char *to,
                size_t *out)
{
    struct marks_job job = {.lab = lab, .node = node};
    int r = marks_interface(lab, node, to, &job.index);

    if (r < 0)
        return r;
    r = net_ns_call(marks_count_run, &job);
    *out = job.filters;
    return r;
}
