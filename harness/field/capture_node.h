/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of the node: its kernel, its network namespaces. */
#pragma once

#include <jansson.h>

/* {"kernel", "machine", "cgroup", "namespaces": [{"inode", "cookie", "addresses", "xdp",
 * "name"?}…]}; `netns` as in struct capture_plan. */
int capture_node(const char *netns, json_t **out);
/* Where cgroup2 is mounted; the caller frees it, NULL: nowhere. */
char *capture_cgroup_root(void);
