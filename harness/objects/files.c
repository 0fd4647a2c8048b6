// SPDX-License-Identifier: Apache-2.0
#include "objects/files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "objects/choose.h"
#include "objects/find.h"

static void files_free_one(struct programs_file *file)
{
    bpf_object__close(file->object);
    free(file->name);
    object_bytes_free(&file->bytes);
    *file = (struct programs_file){};
}

void programs_files_free(struct programs_files *files)
{
    for (size_t i = 0; i < files->n_files; i++)
        files_free_one(&files->files[i]);
    for (size_t i = 0; i < files->n_passed; i++) {
        free(files->passed[i].name);
        free(files->passed[i].why);
    }
    free(files->kernel_btf);
    free(files->files);
    free(files->passed);
    free(files->dir);
    *files = (struct programs_files){};
}

int programs_file_open(const struct programs_files *files, const struct programs_file *file,
                       struct bpf_object **out)
{
    return object_open(&file->bytes, files->kernel_btf, out);
}

void programs_files_warn(const struct programs_files *files)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);

    for (size_t i = 0; i < n; i++)
        if (program_is_expected(&rows[i]) && !programs_files_of(files, &rows[i]))
            log_warning("no object in '%s' has %s: the lab runs without it", files->dir,
                        rows[i].name);
}

/* What the directory has the suite's own objects do not give again. */
static void files_find_rows(struct programs_files *files, struct programs_file *file, bool all)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);

    for (size_t r = 0; r < n; r++)
        if ((all || rows[r].place != PROGRAM_LATER) &&
            bpf_object__find_program_by_name(file->object, rows[r].name) &&
            !(file->own && programs_files_of(files, &rows[r])))
            file->rows[file->n_rows++] = &rows[r];
}

static int files_pass_over(struct programs_files *files, const char *name, const char *why)
{
    struct programs_passed *passed =
        reallocarray(files->passed, files->n_passed + 1, sizeof(*passed));

    if (!passed)
        return err_r(ENOMEM, "cannot read '%s'", files->dir);
    files->passed = passed;
    passed[files->n_passed] = (struct programs_passed){strdup(name), strdup(why)};
    files->n_passed++;
    log_info("'%s' in '%s' is passed over: it %s", name, files->dir, why);
    return 0;
}

static const struct programs_file *files_same(const struct programs_files *files,
                                              const struct object_bytes *bytes)
{
    for (size_t i = 0; bytes->inode && i < files->n_files; i++)
        if (files->files[i].bytes.device == bytes->device &&
            files->files[i].bytes.inode == bytes->inode)
            return &files->files[i];
    return NULL;
}

/* *ours: it is to be opened; otherwise it is passed over. */
static int files_sort_out(struct programs_files *files, struct programs_file *file,
                          const struct elf_look *look, bool *ours)
{
    const struct programs_file *same = files_same(files, &file->bytes);
    char why[ELF_WHY_MAX + NAME_MAX];

    *ours = false;
    if (!look->ours)
        return files_pass_over(files, file->name, look->why);
    if (same) {
        snprintf(why, sizeof(why), "is the same file as '%s'", same->name);
        return files_pass_over(files, file->name, why);
    }
    file->is_modern = look->is_modern;
    *ours = true;
    return 0;
}

/* Takes the file over, whatever becomes of it. */
static int files_add(struct programs_files *files, struct programs_file *taken,
                     const struct elf_look *look, bool all)
{
    struct programs_file *file = &files->files[files->n_files];
    bool ours;
    int r;

    *file = *taken;
    *taken = (struct programs_file){};
    r = files_sort_out(files, file, look, &ours);
    if (r >= 0 && ours)
        r = object_open(&file->bytes, NULL, &file->object);
    if (r >= 0 && ours) {
        files_find_rows(files, file, all);
        if (file->n_rows == 0)
            r = files_pass_over(files, file->name, "has no program that is wanted");
    }
    if (r < 0 || file->n_rows == 0)
        files_free_one(file);
    else
        files->n_files++;
    return r;
}

static int files_add_judged(struct programs_files *files, struct files_found *found, bool all)
{
    for (size_t i = 0; i < found->n; i++) {
        int r = files_add(files, &found->files[i], &found->looks[i], all);

        if (r < 0)
            return r;
    }
    return 0;
}

static int files_scan(struct programs_files *files, const char *dir,
                      const struct memory_files *memory, bool own, bool all)
{
    _cleanup_(files_found_free) struct files_found found = {};
    struct programs_file *grown;
    size_t room;
    int r = files_find(dir, memory, own, &found);

    if (r < 0)
        return r;
    room = files->n_files + found.n + 1;
    grown = reallocarray(files->files, room, sizeof(*grown));
    if (!grown)
        return err_r(ENOMEM, "cannot read '%s'", dir);
    files->files = grown;
    memset(grown + files->n_files, 0, (room - files->n_files) * sizeof(*grown));
    return files_add_judged(files, &found, all);
}

/* Files that lost every program to another one are closed. */
static void files_drop_idle(struct programs_files *files)
{
    size_t kept = 0;

    for (size_t i = 0; i < files->n_files; i++) {
        if (files->files[i].n_rows == 0)
            files_free_one(&files->files[i]);
        else
            files->files[kept++] = files->files[i];
    }
    files->n_files = kept;
}

static int files_say_none(const struct programs_files *files)
{
    const struct programs_passed *first = files->passed;

    if (files->n_passed == 0)
        return err_say(ENOENT, "there is no object (*.o) in '%s'", files->dir);
    if (files->n_passed == 1)
        return err_say(ENOENT, "no object in '%s' has a program that the contract names: '%s' %s",
                       files->dir, first->name, first->why);
    return err_say(ENOENT,
                   "no object in '%s' has a program that the contract names: '%s' %s, and so on "
                   "for %zu more",
                   files->dir, first->name, first->why, files->n_passed - 1);
}

static int files_read(const struct programs_source *source, const char *own_dir,
                      struct programs_files *files)
{
    int r = files_scan(files, files->dir, source->memory, !source->dir, source->all);

    if (r < 0)
        return r;
    r = programs_choose(files, source->variant);
    if (r < 0)
        return r;
    if (files->n_files == 0)
        return files_say_none(files);
    if (source->dir && source->mix) {
        r = files_scan(files, own_dir, NULL, true, source->all);
        if (r < 0)
            return r;
    }
    files_drop_idle(files);
    return 0;
}

int programs_files_read(const struct programs_source *source, struct programs_files *out)
{
    _cleanup_(programs_files_free) struct programs_files files = {};
    _cleanup_free_ char *own = NULL;
    int r = !source->dir || source->mix ? programs_own_dir("datapath", &own) : 0;

    if (r < 0)
        return r;
    files.dir = strdup(source->dir ? source->dir : own);
    if (!files.dir)
        return err_r(ENOMEM, "cannot read the objects");
    r = files_read(source, own, &files);
    if (r < 0)
        return r;
    *out = files;
    files = (struct programs_files){};
    return 0;
}
