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

enum lab_lock { LAB_LOCK_NONE, LAB_LOCK_SHARED, LAB_LOCK_EXCLUSIVE };

/* Prepares a lab of that name: checks the name, claims STATE/LAB, copies the topology there, and
 * locks it exclusively. Takes ownership of *topology on success. -EEXIST with a sentence when there
 * is such a lab. Until lab_ready() it is half made: lab_open() refuses it, lab_open_any() does not.
 */
int lab_new(const char *name, enum family family, struct topology **topology, struct lab **out);
/* The last step of making a lab: lab_open() takes it from now on. Unlocks it. */
int lab_ready(struct lab *lab);
/* Opens a lab that is up, locked shared. -ENOENT with a sentence that lists the labs when there is
 * none; -EINVAL when it is half made or its files cannot be read. */
int lab_open(const char *name, struct lab **out);
/* Opens whatever there is of a lab, locked exclusively, to take it down: what cannot be read is
 * replaced by an empty topology and by the paths that a new lab would have. */
int lab_open_any(const char *name, struct lab **out);
/* Changes the lock, waiting for others at most 30 s; -EBUSY with a sentence then. A lock belongs to
 * the open file: a forked child that lives on must close lock_fd, or it holds the lab as well. */
int lab_lock(struct lab *lab, enum lab_lock lock);
/* Takes NULL; clears *lab. Nothing in the kernel changes. */
void lab_free(struct lab **lab);
/* Removes the state directory; the last step of taking a lab down. */
int lab_forget(struct lab *lab);
/* Every lab in STATE, sorted; the caller frees the names and the array (NULL-terminated). */
int lab_list(char ***out);

/* The pod of that name. -ENOENT with a sentence that lists the pods. */
int lab_pod(const struct lab *lab, const char *name, const struct topology_pod **out);
/* The node of that name; NULL gives the only node, and is an error where there are several. */
int lab_node(const struct lab *lab, const char *name, const struct topology_node **out);
/* "waypost.LAB.NAME"; the caller frees it. */
int lab_netns_name(const struct lab *lab, const char *name, char **out);
/* CGROUP2/waypost/RUN/LAB/NODE/POD; the caller frees it. */
int lab_pod_cgroup(const struct lab *lab, const struct topology_pod *pod, char **out);
