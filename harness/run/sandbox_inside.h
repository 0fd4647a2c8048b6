/* SPDX-License-Identifier: Apache-2.0 */
/* What a sandbox has of its own, made by its first process. */
#pragma once

/* Mounts, cgroup, state directory, `lo`, and their names in the environment. Whatever is made here
 * goes away with the namespaces, but for the cgroup. -errno with a sentence. */
int sandbox_prepare(const char *run);
