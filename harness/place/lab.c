// SPDX-License-Identifier: Apache-2.0
#include "place/lab.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "place/bpffs.h"

/* Names in a sentence that lists what there is. */
#define LAB_NAMES_MAX 20

void lab_free(struct lab **lab)
{
    struct lab *l = *lab;

    if (!l)
        return;
    cleanup_close(&l->lock_fd);
    topology_free(&l->topology);
    free(l->name);
    free(l->state_dir);
    free(l->bpf_dir);
    free(l->cgroup_dir);
    free(l->bpffs);
    free(l->cgroup_root);
    free(l->run);
    free(l);
    *lab = NULL;
}

/* A sentence's list: "a, b, c", cut short where there are many; the caller frees it. */
char *lab_join(const char *(*name)(const void *data, size_t i), const void *data, size_t n)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return NULL;
    for (size_t i = 0; i < n && i < LAB_NAMES_MAX; i++)
        fprintf(stream, "%s%s", i ? ", " : "", name(data, i));
    if (n > LAB_NAMES_MAX)
        fprintf(stream, " and %zu more", n - LAB_NAMES_MAX);
    fclose(stream);
    return text;
}

static const char *lab_pod_name(const void *data, size_t i)
{
    return ((const struct topology *)data)->pods[i].name;
}

int lab_pod(const struct lab *lab, const char *name, const struct topology_pod **out)
{
    const struct topology_pod *pod = topology_pod(lab->topology, name);
    _cleanup_free_ char *text = NULL;

    if (pod) {
        *out = pod;
        return 0;
    }
    text = lab_join(lab_pod_name, lab->topology, lab->topology->n_pods);
    return err_say(ENOENT, "lab '%s' has no pod '%s', only %s", lab->name, name,
                   text ? text : "others");
}

static const char *lab_node_name(const void *data, size_t i)
{
    return ((const struct topology *)data)->nodes[i].name;
}

int lab_node(const struct lab *lab, const char *name, const struct topology_node **out)
{
    const struct topology *t = lab->topology;
    _cleanup_free_ char *text = NULL;

    for (size_t i = 0; i < t->n_nodes; i++) {
        if (name ? strcmp(t->nodes[i].name, name) == 0 : t->n_nodes == 1) {
            *out = &t->nodes[i];
            return 0;
        }
    }
    text = lab_join(lab_node_name, t, t->n_nodes);
    if (!name)
        return err_say(EINVAL, "lab '%s' has several nodes, which one: %s?", lab->name,
                       text ? text : "");
    return err_say(ENOENT, "lab '%s' has no node '%s', only %s", lab->name, name,
                   text ? text : "others");
}

int lab_open_program(const struct lab *lab, const struct topology_node *node, const char *name,
                     int *out_fd)
{
    _cleanup_free_ char *dir = NULL;
    int r = text_format(&dir, "%s/%s/programs", lab->bpf_dir, node->name);

    return r < 0 ? r : bpffs_open(dir, name, out_fd);
}

int lab_netns_name(const struct lab *lab, const char *name, char **out)
{
    return text_format(out, "waypost.%s.%s", lab->name, name);
}

int lab_pod_cgroup(const struct lab *lab, const struct topology_pod *pod, char **out)
{
    return text_format(out, "%s/%s/%s", lab->cgroup_dir, lab->topology->nodes[pod->node].name,
                       pod->name);
}
