/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lab: a topology made real in the kernel, and where its parts are found.
 *
 *   /run/netns/waypost.LAB.POD          a pod's network namespace (`ip netns` sees it); nodes alike
 *   CGROUP2/waypost/RUN/LAB/NODE/POD    the pod's cgroup; the programs are attached to NODE
 *   BPFFS/waypost/LAB/NODE/maps/NAME    the node's maps (NODE's own datapath), by contract name
 *   BPFFS/waypost/LAB/NODE/programs/NAME, …/links/NAME
 *   BPFFS/waypost/LAB/_witness/…        the observers (no node can be called that)
 *   STATE/LAB/                          topology.yaml, lab.json, agents/POD.sock, logs/POD.log,
 *                                       baseline/ (what `reset` goes back to), lock
 *
 * STATE is $WAYPOST_STATE or /run/waypost; BPFFS is $WAYPOST_BPFFS or /sys/fs/bpf; RUN is
 * $WAYPOST_RUN_ID or "hand"; CGROUP2 is $WAYPOST_CGROUP, or the cgroup2 hierarchy that is mounted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "topology/topology.h"

struct lab {
    char *name;
    enum family family; /* the family that backends and waypoints are written for: V4 or V6 */
    struct topology *topology;
    char *state_dir;   /* STATE/LAB */
    char *bpf_dir;     /* BPFFS/waypost/LAB */
    char *cgroup_dir;  /* CGROUP2/waypost/RUN/LAB */
    int lock_fd;       /* held exclusively while the lab is changed, shared while it is used */
    char *bpffs;       /* BPFFS, CGROUP2 and RUN as they were when the lab was made: a lab stays */
    char *cgroup_root; /* where it is, whatever the environment says later */
    char *run;
};

/* Takes NULL; clears *lab. Nothing in the kernel changes. */
void lab_free(struct lab **lab);
/* The pod of that name. -ENOENT with a sentence that lists the pods. */
int lab_pod(const struct lab *lab, const char *name, const struct topology_pod **out);
/* The node of that name; NULL gives the only node, and is an error where there are several. */
int lab_node(const struct lab *lab, const char *name, const struct topology_node **out);
/* The program that the node has loaded under that name; the caller owns the fd. Says nothing of a
 * pin that cannot be opened: -ENOENT where the node has no such program. */
int lab_open_program(const struct lab *lab, const struct topology_node *node, const char *name,
                     int *out_fd);
/* "waypost.LAB.NAME"; the caller frees it. */
int lab_netns_name(const struct lab *lab, const char *name, char **out);
/* CGROUP2/waypost/RUN/LAB/NODE/POD; the caller frees it. */
int lab_pod_cgroup(const struct lab *lab, const struct topology_pod *pod, char **out);
/* The first 20 of `n` names, as a sentence lists them: "a, b and 3 more". NULL without memory;
 * the caller frees it. */
char *lab_join(const char *(*name)(const void *data, size_t i), const void *data, size_t n);
