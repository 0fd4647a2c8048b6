// SPDX-License-Identifier: Apache-2.0
#include "objects/files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "place/bpffs.h"
#include "objects/btf.h"
#include "objects/choose.h"
#include "objects/elf.h"
#include "objects/verifier_log.h"

/* A build tree has some twenty. */
#define FILES_MAX 512

static void files_free_one(struct programs_file *file)
{
    bpf_object__close(file->object);
    free(file->name);
    free(file->path);
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

static int files_is_object_name(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 2 && strcmp(entry->d_name + length - 2, ".o") == 0;
}

static int files_open(const char *path, const char *kernel_btf, struct bpf_object **out)
{
    LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = kernel_btf);
    struct bpf_object *object;

    programs_log_forget();
    object = bpf_object__open_file(path, &options);
    /* What libbpf says is more than its errno, which is ENOENT where BTF is missing. */
    if (!object && *programs_log_last())
        return err_say(errno == ENOENT ? EINVAL : errno, "cannot open '%s': %s", path,
                       programs_log_last());
    if (!object)
        return err_r(errno, "cannot open '%s'", path);
    *out = object;
    return 0;
}

int programs_file_open(const struct programs_files *files, const struct programs_file *file,
                       struct bpf_object **out)
{
    return files_open(file->path, files->kernel_btf, out);
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
                                              const struct elf_look *look)
{
    for (size_t i = 0; i < files->n_files; i++)
        if (files->files[i].device == look->device && files->files[i].inode == look->inode)
            return &files->files[i];
    return NULL;
}

/* *ours: it is to be opened; otherwise it is passed over. */
static int files_look(struct programs_files *files, struct programs_file *file, bool *ours)
{
    const struct programs_file *same;
    struct elf_look look;
    char why[ELF_WHY_MAX + NAME_MAX];
    int r = elf_look(file->path, &look);

    *ours = false;
    if (r < 0)
        return r;
    if (!look.ours)
        return files_pass_over(files, file->name, look.why);
    same = files_same(files, &look);
    if (same) {
        snprintf(why, sizeof(why), "is the same file as '%s'", same->name);
        return files_pass_over(files, file->name, why);
    }
    file->is_modern = look.is_modern;
    file->device = look.device;
    file->inode = look.inode;
    *ours = true;
    return 0;
}

static int files_fill(struct programs_files *files, struct programs_file *file, bool all)
{
    bool ours;
    int r = files_look(files, file, &ours);

    if (r < 0 || !ours)
        return r;
    r = files_open(file->path, NULL, &file->object);
    if (r < 0)
        return r;
    files_find_rows(files, file, all);
    return file->n_rows ? 0 : files_pass_over(files, file->name, "has no program that is wanted");
}

static int files_name(struct programs_file *file, const char *dir, const char *name)
{
    int r = bpffs_path(dir, name, &file->path);

    if (r < 0)
        return r;
    file->name = strdup(name);
    return file->name ? 0 : err_r(ENOMEM, "cannot open '%s'", name);
}

static int files_add(struct programs_files *files, const char *dir, const char *name, bool own,
                     bool all)
{
    struct programs_file *file = &files->files[files->n_files];
    int r = files_name(file, dir, name);

    file->own = own;
    if (r == 0)
        r = files_fill(files, file, all);
    if (r < 0 || file->n_rows == 0)
        files_free_one(file);
    else
        files->n_files++;
    return r;
}

static int files_add_all(struct programs_files *files, const char *dir, bool own, bool all,
                         struct dirent **entries, int n)
{
    size_t room = files->n_files + (size_t)n + 1;
    struct programs_file *grown = reallocarray(files->files, room, sizeof(*grown));

    if (!grown)
        return err_r(ENOMEM, "cannot read '%s'", dir);
    files->files = grown;
    memset(grown + files->n_files, 0, (room - files->n_files) * sizeof(*grown));
    for (int i = 0; i < n; i++) {
        int r = files_add(files, dir, entries[i]->d_name, own, all);

        if (r < 0)
            return r;
    }
    return 0;
}

static int files_scan(struct programs_files *files, const char *dir, bool own, bool all)
{
    struct dirent **entries;
    int n = scandir(dir, &entries, files_is_object_name, alphasort);
    int r;

    if (n < 0)
        return err_r(errno, "cannot read the objects in '%s'", dir);
    r = n > FILES_MAX ? err_say(EFBIG, "'%s' has %d objects, more than %d", dir, n, FILES_MAX)
                      : files_add_all(files, dir, own, all, entries, n);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return r;
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
    int r = files_scan(files, files->dir, !source->dir, source->all);

    if (r < 0)
        return r;
    r = programs_choose(files, source->variant);
    if (r < 0)
        return r;
    if (files->n_files == 0)
        return files_say_none(files);
    if (source->dir && source->mix) {
        r = files_scan(files, own_dir, true, source->all);
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
