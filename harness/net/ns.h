/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named network namespaces, as `ip netns` has them: a namespace is kept alive by a bind mount on a
 * file in /run/netns.
 */
#pragma once

#include <stdint.h>

#define NET_NS_DIR "/run/netns"

/* Makes /run/netns, as a shared mount of its own, so that namespaces made here can be removed
 * again from another mount namespace. Harmless where `ip netns` has done it. */
int net_ns_prepare(void);
/* Moves the calling thread into a new namespace and binds it to the name. -EEXIST when there is one
 * of that name: whatever it is, it is not ours. *file_fd is -1 at first, and later the file that
 * the names made with it are links to; the caller closes it. */
int net_ns_new(const char *name, int *file_fd);
/* Binds one more name to the namespace that the calling thread is in; else as net_ns_new(). */
int net_ns_name(const char *name, int *file_fd);
/* The namespace of that name. The caller owns the fd. -ENOENT when there is none, -EINVAL when the
 * name is no namespace (any more); with a sentence. */
int net_ns_open(const char *name, int *out_fd);
/* Unbinds the name; what no process uses goes away. No error when there is no such name. */
int net_ns_remove(const char *name);
/* -EEXIST, with a sentence for each, when there are names that begin with the prefix. */
int net_ns_refuse(const char *prefix);
/* Calls `fn` for every name that begins with the prefix, and returns the first error; -EINTR ends
 * it.
 */
int net_ns_each(const char *prefix, int (*fn)(void *data, const char *name), void *data);

/* Calls `fn` in a thread of its own, so that whatever namespace it enters the caller stays where it
 * is. Returns what `fn` returned. */
int net_ns_call(int (*fn)(void *data), void *data);
/* Moves the calling thread. `name` is for the message. */
int net_ns_enter(int netns_fd, const char *name);
/* SO_NETNS_COOKIE of the calling thread's namespace (host byte order), as programs see it. */
int net_ns_cookie(uint64_t *out);
