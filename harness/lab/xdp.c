// SPDX-License-Identifier: Apache-2.0
#include "lab/xdp.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "place/bpffs.h"
#include "net/net.h"
#include "net/ns.h"
#include "net/plan.h"

struct xdp_job {
    const struct lab *lab;
    const struct topology_node *node;
    const struct topology_pod *pod; /* NULL: every managed pod of the node */
    const char *program;
    int program_fd;
};

/* A pod's name has no '_' in it. */
static int xdp_link_path(const struct lab *lab, const struct topology_pod *pod, const char *program,
                         char **out)
{
    return text_format(out, "%s/%s/links/%s_%s", lab->bpf_dir, lab->topology->nodes[pod->node].name,
                       program, pod->name);
}

static int xdp_attach_one(const struct xdp_job *job, const struct topology_pod *pod)
{
    LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_SKB_MODE);
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int link = -1;
    int r = xdp_link_path(job->lab, pod, job->program, &path);

    /* The kernel looks for the interface in the namespace of the thread that asks. */
    if (r < 0)
        return r;
    r = net_enter(job->lab, pod->name);
    if (r < 0)
        return r;
    link = bpf_link_create(job->program_fd, NET_ETH0_INDEX, BPF_XDP, &options);
    if (link < 0)
        return err_r(link, "cannot attach %s to the interface of '%s'", job->program, pod->name);
    r = bpf_obj_pin(link, path);
    return r < 0 ? err_r(r, "cannot pin '%s'", path) : 0;
}

static bool xdp_is_due(const struct xdp_job *job, const struct topology_pod *pod)
{
    return pod->managed && !pod->host && &job->lab->topology->nodes[pod->node] == job->node;
}

static int xdp_attach_job(void *data)
{
    const struct xdp_job *job = data;
    const struct topology *t = job->lab->topology;

    if (job->pod)
        return xdp_attach_one(job, job->pod);
    for (size_t i = 0; i < t->n_pods; i++) {
        int r = xdp_is_due(job, &t->pods[i]) ? xdp_attach_one(job, &t->pods[i]) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

/* A link without a pin and without an fd is detached. */
static void xdp_detach_all(const struct xdp_job *job)
{
    const struct topology *t = job->lab->topology;

    for (size_t i = 0; i < t->n_pods; i++) {
        _cleanup_free_ char *path = NULL;

        if (xdp_is_due(job, &t->pods[i]) &&
            xdp_link_path(job->lab, &t->pods[i], job->program, &path) == 0)
            unlink(path);
    }
}

int xdp_attach(const struct programs_node *node, const struct program_row *row, int program_fd)
{
    struct xdp_job job = {
        .lab = node->lab, .node = node->node, .program = row->name, .program_fd = program_fd};
    int r = net_ns_call(xdp_attach_job, &job);

    if (r < 0)
        xdp_detach_all(&job);
    return r;
}

/* The program that is attached, not one of those that it calls. */
static const char *xdp_program(void)
{
    size_t n, i = 0;
    const struct program_row *rows = program_rows(&n);

    while (rows[i].place != PROGRAM_XDP)
        i++;
    return rows[i].name;
}

bool xdp_is_attached(const struct lab *lab, const struct topology_pod *pod)
{
    _cleanup_free_ char *path = NULL;

    return xdp_link_path(lab, pod, xdp_program(), &path) == 0 && access(path, F_OK) == 0;
}

int xdp_attach_pod(const struct lab *lab, const struct topology_pod *pod)
{
    struct xdp_job job = {.lab = lab, .pod = pod, .program = xdp_program()};
    _cleanup_close_ int fd = -1;
    int r;

    /* A host pod has no interface of its own. */
    if (pod->host || xdp_is_attached(lab, pod))
        return 0;
    r = lab_open_program(lab, &lab->topology->nodes[pod->node], job.program, &fd);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    job.program_fd = fd;
    return net_ns_call(xdp_attach_job, &job);
}
