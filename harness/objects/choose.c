// SPDX-License-Identifier: Apache-2.0
#include "objects/choose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/cleanup.h"
#include "common/log.h"

struct choose_candidates {
    struct programs_file **files;
    size_t n;
};

static bool choose_is_old_inside(const struct programs_file *file)
{
    return !file->is_modern;
}

static bool choose_is_old_by_name(const struct programs_file *file)
{
    return strcasestr(file->name, "compat") != NULL;
}

static void choose_drop(struct programs_file *file, const struct program_row *row)
{
    for (size_t i = 0; i < file->n_rows; i++)
        if (file->rows[i] == row)
            file->rows[i] = file->rows[--file->n_rows];
}

/* Where the question tells the candidates apart, only those of the variant stay. */
static void choose_filter(struct choose_candidates *candidates, const struct program_row *row,
                          bool (*is_old)(const struct programs_file *file), bool want_old)
{
    size_t old = 0, kept = 0;

    for (size_t i = 0; i < candidates->n; i++)
        old += is_old(candidates->files[i]);
    if (old == 0 || old == candidates->n)
        return;
    for (size_t i = 0; i < candidates->n; i++) {
        if (is_old(candidates->files[i]) == want_old)
            candidates->files[kept++] = candidates->files[i];
        else
            choose_drop(candidates->files[i], row);
    }
    candidates->n = kept;
}

static int choose_row(struct programs_files *files, const struct program_row *row, bool want_old,
                      struct programs_file **room)
{
    struct choose_candidates candidates = {.files = room};

    for (size_t i = 0; i < files->n_files; i++)
        if (programs_file_has(&files->files[i], row))
            room[candidates.n++] = &files->files[i];
    choose_filter(&candidates, row, choose_is_old_inside, want_old);
    choose_filter(&candidates, row, choose_is_old_by_name, want_old);
    if (candidates.n > 1)
        return err_say(EEXIST,
                       "both '%s' and '%s' in '%s' have %s, and neither is the compat variant of "
                       "the other",
                       room[0]->name, room[1]->name, files->dir, row->name);
    return 0;
}

static bool choose_kernel_is_old(void)
{
    struct utsname kernel;
    unsigned int major, minor;

    if (uname(&kernel) < 0 || sscanf(kernel.release, "%u.%u", &major, &minor) != 2)
        return false;
    return major < 5 || (major == 5 && minor < 13);
}

int programs_choose(struct programs_files *files, enum programs_variant variant)
{
    _cleanup_free_ struct programs_file **room =
        calloc(files->n_files + 1, sizeof(struct programs_file *));
    bool want_old =
        variant == PROGRAMS_COMPAT || (variant == PROGRAMS_BY_KERNEL && choose_kernel_is_old());
    size_t n;
    const struct program_row *rows = program_rows(&n);

    if (!room)
        return err_r(ENOMEM, "cannot choose programs");
    for (size_t i = 0; i < n; i++) {
        int r = choose_row(files, &rows[i], want_old, room);

        if (r < 0)
            return r;
    }
    return 0;
}
