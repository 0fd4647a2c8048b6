// SPDX-License-Identifier: Apache-2.0
#include "lab/marks_witness.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "lab/marks.h"
#include "maps/entries.h"
#include "net/net.h"
#include "net/ns.h"
#include "net/xfrm.h"
#include "objects/source.h"
#include "place/bpffs.h"
#include "witness/marks.h"

#define MARKS_WITNESS_HANDLE 2 /* beside the program under test; the newest filter comes first */

struct marks_witness {
    const struct lab *lab;
    const struct topology_node *node;
    const char *to; /* NULL: every interface of the node */
    int point, program_fd;
};

/* PINS/_witness/marks_NODE: a name for each node's own maps and programs. */
static int marks_witness_dir(const struct lab *lab, const struct topology_node *node, char **out)
{
    return text_format(out, "%s/_witness/marks_%s", lab->bpf_dir, node->name);
}

static int marks_witness_open(const struct lab *lab, const struct topology_node *node,
                              const char *name, int *out)
{
    _cleanup_free_ char *dir = NULL;
    int r = marks_witness_dir(lab, node, &dir);

    if (r < 0)
        return r;
    r = bpffs_open(dir, name, out);
    return r < 0 ? err_r(r, "lab '%s' has no witness of marks: its topology has no encryption",
                         lab->name)
                 : 0;
}

static int marks_witness_attach(const struct marks_witness *w, const char *to)
{
    int index, r = marks_interface(w->lab, w->node, to, &index);

    if (r < 0)
        return r;
    /* Made anew it comes before the others of its priority. */
    r = w->point == BPF_TC_INGRESS ? marks_detach_filter(index, MARKS_WITNESS_HANDLE) : 0;
    if (r < 0)
        return r;
    r = marks_attach_filter(index, w->point, MARKS_WITNESS_HANDLE, w->program_fd);
    return r < 0 ? err_r(r, "cannot attach the witness of marks to the interface to '%s' in '%s'",
                         to, w->node->name)
                 : 0;
}

static int marks_witness_attach_all(const struct marks_witness *w)
{
    const struct topology *t = w->lab->topology;
    int r = 0;

    for (size_t i = 0; r == 0 && i < t->n_pods; i++)
        r = &t->nodes[t->pods[i].node] == w->node ? marks_witness_attach(w, t->pods[i].name) : 0;
    for (size_t i = 0; r == 0 && i < t->n_nodes; i++)
        r = &t->nodes[i] == w->node ? 0 : marks_witness_attach(w, t->nodes[i].name);
    return r;
}

static int marks_witness_run(void *data)
{
    const struct marks_witness *w = data;
    int r = net_enter(w->lab, w->node->name);

    if (r < 0)
        return r;
    return w->to ? marks_witness_attach(w, w->to) : marks_witness_attach_all(w);
}

static int marks_witness_pin(struct bpf_object *object, const char *dir)
{
    static const char *const maps[] = {"witness_marks", "witness_set"};
    int r = bpffs_mkdir(dir);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(maps); i++)
        r = bpffs_pin(bpf_object__find_map_fd_by_name(object, maps[i]), dir, maps[i]);
    if (r < 0)
        return r;
    return bpffs_pin(bpf_program__fd(bpf_object__find_program_by_name(object, "set_mark")), dir,
                     "set_mark");
}

static int marks_witness_node(const struct lab *lab, const struct topology_node *node,
                              const char *path)
{
    struct marks_witness w = {.lab = lab, .node = node, .point = BPF_TC_EGRESS};
    _cleanup_free_ char *dir = NULL;
    struct bpf_object *object = NULL;
    int r = marks_witness_dir(lab, node, &dir);

    if (r < 0)
        return r;
    object = bpf_object__open_file(path, NULL);
    if (!object)
        return err_r(errno, "cannot open '%s'", path);
    r = bpf_object__load(object);
    r = r < 0 ? err_bpf(r, "cannot load '%s'", path) : marks_witness_pin(object, dir);
    w.program_fd = bpf_program__fd(bpf_object__find_program_by_name(object, "count_mark"));
    r = r < 0 ? r : net_ns_call(marks_witness_run, &w);
    bpf_object__close(object);
    return r;
}

int marks_witness_up(const struct lab *lab)
{
    _cleanup_free_ char *own = NULL, *path = NULL;
    int r;

    if (lab->topology->encryption == ENCRYPTION_NONE)
        return 0;
    r = programs_own_dir("witness", &own);
    if (r < 0)
        return r;
    r = bpffs_path(own, "marks.bpf.o", &path);
    for (size_t i = 0; r >= 0 && i < lab->topology->n_nodes; i++)
        r = marks_witness_node(lab, &lab->topology->nodes[i], path);
    return r;
}

static int marks_witness_empty(const struct lab *lab, const struct topology_node *node,
                               const char *name)
{
    struct witness_mark_key key; /* the larger of the two keys */
    _cleanup_close_ int fd = -1;
    int r = marks_witness_open(lab, node, name, &fd);

    if (r < 0)
        return r;
    while (bpf_map_get_next_key(fd, NULL, &key) == 0)
        bpf_map_delete_elem(fd, &key);
    return 0;
}

int marks_witness_forget(const struct lab *lab)
{
    for (size_t i = 0; i < lab->topology->n_nodes; i++) {
        int r = marks_witness_empty(lab, &lab->topology->nodes[i], "witness_marks");

        if (r < 0)
            return r;
        r = marks_witness_empty(lab, &lab->topology->nodes[i], "witness_set");
        if (r < 0)
            return r;
    }
    return 0;
}

int marks_reset(const struct lab *lab)
{
    int r;

    if (lab->topology->encryption == ENCRYPTION_NONE)
        return 0;
    r = net_xfrm_reset(lab);
    if (r < 0)
        return r;
    r = marks_witness_forget(lab);
    return r < 0 ? r : marks_attach_again(lab);
}

static int marks_witness_add(json_t *list, uint32_t mark, uint64_t packets)
{
    char text[16];

    (void)snprintf(text, sizeof(text), mark ? "0x%x" : "0", mark);
    return json_object_set_new(list, text, json_integer((json_int_t)packets)) < 0 ? -ENOMEM : 0;
}

static int marks_witness_read(int fd, int index, uint32_t protocol, json_t *list)
{
    struct witness_mark_key key, *before = NULL;

    while (bpf_map_get_next_key(fd, before, &key) == 0) {
        uint64_t packets;

        before = &key;
        if (key.interface == (uint32_t)index && key.protocol == protocol &&
            bpf_map_lookup_elem(fd, &key, &packets) == 0 &&
            marks_witness_add(list, key.mark, packets) < 0)
            return err_r(ENOMEM, "cannot list the marks");
    }
    return 0;
}

int marks_witness_seen(const struct lab *lab, const struct topology_node *node, const char *to,
                       uint32_t protocol, json_t **out)
{
    _cleanup_close_ int fd = -1;
    _cleanup_json_ json_t *list = json_object();
    int index, r = marks_interface(lab, node, to, &index);

    if (r < 0)
        return r;
    r = list ? marks_witness_open(lab, node, "witness_marks", &fd)
             : err_r(ENOMEM, "cannot list the marks");
    if (r < 0)
        return r;
    r = marks_witness_read(fd, index, protocol, list);
    if (r < 0)
        return r;
    *out = TAKE_PTR(list);
    return 0;
}

int marks_witness_set(const struct lab *lab, const struct topology_node *node, const char *from,
                      uint32_t mark)
{
    struct marks_witness w = {.lab = lab, .node = node, .to = from, .point = BPF_TC_INGRESS};
    _cleanup_close_ int map = -1, program = -1;
    int index, r = marks_interface(lab, node, from, &index);

    if (r < 0)
        return r;
    r = marks_witness_open(lab, node, "witness_set", &map);
    if (r < 0)
        return r;
    r = marks_witness_open(lab, node, "set_mark", &program);
    if (r < 0)
        return r;
    if (bpf_map_update_elem(map, &index, &mark, BPF_ANY) < 0)
        return err_r(errno, "cannot set the mark");
    w.program_fd = program;
    return net_ns_call(marks_witness_run, &w);
}
