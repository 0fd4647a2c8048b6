/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be there before a machine is booted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/json.h"
#include "vm/command_line.h"
#include "vm/context.h"

/* A kernel that was chosen. */
struct prepared {
    json_t *kernel; /* as in vm/kernels.h */
    const char *name;
    char *dir;       /* of its results: DIR/NAME */
    char *image;     /* NULL: the kernel that is running */
    char *initramfs; /* NULL: likewise */
    char *work;      /* the second disk, which all of them share */
    long memory_mib;
};

struct prepared_all {
    struct prepared *items;
    size_t n;
};

/* Downloads the kernels that were chosen, and nothing else. */
int prepare_fetch(const struct vm_context *context, const struct command_line *line);
/* `dir` is the run's directory. prepared_clear() frees what is in *out, also after a failure, which
 * was said but for -ECANCELED. */
int prepare_all(const struct vm_context *context, const struct command_line *line, const char *dir,
                struct prepared_all *out);
/* Removes what only a boot needs. */
void prepared_remove_images(const struct prepared_all *all);
void prepared_clear(struct prepared_all *all);
