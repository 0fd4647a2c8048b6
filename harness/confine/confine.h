/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strangers' bytes, judged by a child that can do nothing but compute.
 *
 * The caller reads the bytes, which is harmless, and lets a function take them apart in a child:
 * forked from this process, so that it has the bytes, and then as nobody (where this process is
 * root), in a user and a network namespace of its own, without a descriptor but the one to its
 * parent, within limits of memory, processor time and output, and behind a seccomp filter that
 * lets through memory, that one descriptor and the end, refuses what libraries ask in passing (a
 * locale, a seed), and kills for everything else. What it found comes back as named bytes.
 *
 * Where the machine allows no user namespace the child goes without: the filter and the limits
 * hold all the same.
 */
#pragma once

#include "common/memory_files.h"
#include "confine/limits.h"

/* Runs in the child, where what it changes of `data` stays. Puts what it found into *out. A
 * negative errno, with a sentence, for what cannot be read. */
typedef int (*confine_fn)(const void *data, struct memory_files *out);

/*
 * Runs it, and waits for its end. `what` names the input in messages ("the bundle 'x'"). The
 * messages of the child are said by this process, its error is returned; besides:
 *   -EFBIG   it wanted more memory, time or output than it may have
 *   -EBADMSG it crashed, asked the kernel for what no reader needs, or answered nonsense
 *   -ETIME, -PATIENCE_STARVED  it did not end, or had no turn to
 * and a shortage where the child could not be made; all with a sentence. The caller frees what is
 * in *out, which is empty when there was an error.
 */
int confine(const char *what, confine_fn fn, const void *data, const struct confine_limits *limits,
            struct memory_files *out);

/* The same of one file, whose name is its path. */
typedef int (*confine_file_fn)(const struct memory_file *file, const void *data,
                               struct memory_files *out);
/* Reads the file at `path`, at most `max` bytes (memory_files_read()), and runs `fn` on it; `kind`
 * is what it is in messages ("the dump"). */
int confine_file(const char *kind, const char *path, int64_t max, confine_file_fn fn,
                 const void *data, const struct confine_limits *limits, struct memory_files *out);
