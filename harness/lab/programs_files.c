// SPDX-License-Identifier: Apache-2.0
#include "lab/programs_files.h"

#include <dirent.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "lab/bpffs.h"
#include "lab/maps.h"
#include "lab/programs_btf.h"
#include "lab/programs_log.h"

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define FILES_BYTE_ORDER ELFDATA2LSB
#else
#define FILES_BYTE_ORDER ELFDATA2MSB
#endif

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
    if (files->kernel_btf)
        unlink(files->kernel_btf);
    free(files->kernel_btf);
    free(files->files);
    free(files->dir);
    *files = (struct programs_files){};
}

static int files_is_object_name(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 2 && strcmp(entry->d_name + length - 2, ".o") == 0;
}

/* Objects of other machines, or of the other byte order, stand in the same directory. */
static bool files_is_ours(const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    Elf64_Ehdr header;

    if (fd < 0 || read(fd, &header, sizeof(header)) != sizeof(header))
        return false;
    return memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == FILES_BYTE_ORDER && header.e_machine == EM_BPF;
}

static int files_open(const char *path, const char *kernel_btf, struct bpf_object **out)
{
    LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = kernel_btf);
    struct bpf_object *object;

    programs_log_forget();
    object = bpf_object__open_file(path, &options);
    if (!object)
        return err_r(errno, "cannot open '%s'%s%s", path, programs_log_separator(),
                     programs_log_last());
    *out = object;
    return 0;
}

int programs_file_open(const struct programs_files *files, const struct programs_file *file,
                       struct bpf_object **out)
{
    return files_open(file->path, files->kernel_btf, out);
}

/* How much an object looks like the contract's: its maps in the contract's layout. */
static int files_rank(const struct bpf_object *object)
{
    const struct bpf_map *map;
    int rank = 0;

    bpf_object__for_each_map(map, object)
    {
        const struct map_layout *layout = map_layout(bpf_map__name(map));

        if (layout && layout->type == bpf_map__type(map) &&
            map_layout_fits(layout, bpf_map__key_size(map), bpf_map__value_size(map)))
            rank++;
    }
    return rank;
}

static void files_drop_row(struct programs_file *file, const struct program_row *row)
{
    for (size_t i = 0; i < file->n_rows; i++)
        if (file->rows[i] == row)
            file->rows[i] = file->rows[--file->n_rows];
}

static void files_settle(const struct program_row *row, struct programs_file *a,
                         struct programs_file **best)
{
    struct programs_file *b = *best;

    if (!b) {
        *best = a;
        return;
    }
    if (files_rank(a->object) > files_rank(b->object)) {
        *best = a;
        a = b;
    }
    log_info("'%s' is taken from '%s', not from '%s'", row->name, (*best)->name, a->name);
    files_drop_row(a, row);
}

static bool files_has(const struct programs_file *file, const struct program_row *row)
{
    for (size_t i = 0; i < file->n_rows; i++)
        if (file->rows[i] == row)
            return true;
    return false;
}

/* Each program from one file only. */
static void files_choose(struct programs_files *files)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);

    for (size_t r = 0; r < n; r++) {
        struct programs_file *best = NULL;

        for (size_t i = 0; i < files->n_files; i++)
            if (files_has(&files->files[i], &rows[r]))
                files_settle(&rows[r], &files->files[i], &best);
        if (!best && rows[r].place != PROGRAM_LATER)
            log_warning("no object in '%s' has %s: the lab runs without it", files->dir,
                        rows[r].name);
    }
}

static void files_find_rows(struct programs_file *file)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);

    for (size_t r = 0; r < n; r++)
        if (rows[r].place != PROGRAM_LATER &&
            bpf_object__find_program_by_name(file->object, rows[r].name))
            file->rows[file->n_rows++] = &rows[r];
}

static int files_add(struct programs_files *files, const char *name)
{
    struct programs_file *file = &files->files[files->n_files];
    int r = bpffs_path(files->dir, name, &file->path);

    if (r < 0)
        return r;
    if (!files_is_ours(file->path)) {
        log_debug("'%s' is no BPF object for this machine", file->path);
        files_free_one(file);
        return 0;
    }
    file->name = strdup(name);
    r = file->name ? files_open(file->path, NULL, &file->object)
                   : err_r(ENOMEM, "cannot open '%s'", name);
    if (r == 0)
        files_find_rows(file);
    if (r < 0 || file->n_rows == 0)
        files_free_one(file);
    else
        files->n_files++;
    return r;
}

static int files_add_all(struct programs_files *files, struct dirent **entries, int n)
{
    files->files = calloc((size_t)n + 1, sizeof(*files->files));
    if (!files->files)
        return err_r(ENOMEM, "cannot read '%s'", files->dir);
    for (int i = 0; i < n; i++) {
        int r = files_add(files, entries[i]->d_name);

        if (r < 0)
            return r;
    }
    return 0;
}

static int files_read(struct programs_files *files)
{
    struct dirent **entries;
    int n = scandir(files->dir, &entries, files_is_object_name, alphasort);
    int r;

    if (n < 0)
        return err_r(errno, "cannot read the objects in '%s'", files->dir);
    r = files_add_all(files, entries, n);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    if (r == 0 && files->n_files == 0)
        return err_say(ENOENT, "no object in '%s' has a program that the contract names",
                       files->dir);
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

int programs_files_read(const char *dir, struct programs_files *out)
{
    _cleanup_(programs_files_free) struct programs_files files = {.dir = strdup(dir)};
    int r;

    if (!files.dir)
        return err_r(ENOMEM, "cannot read '%s'", dir);
    r = files_read(&files);
    if (r < 0)
        return r;
    files_choose(&files);
    files_drop_idle(&files);
    *out = files;
    files = (struct programs_files){};
    return 0;
}

static int files_write(const char *path, const void *data, size_t size)
{
    _cleanup_fclose_ FILE *file = fopen(path, "we");

    if (!file || fwrite(data, size, 1, file) != 1 || fflush(file) != 0)
        return err_r(errno, "cannot write '%s'", path);
    return 0;
}

static int files_write_btf(const char *path, const struct btf *kernel,
                           const struct btf_names *names)
{
    struct btf *reduced;
    const void *data;
    uint32_t size;
    int r = btf_reduce(kernel, names, &reduced);

    if (r < 0)
        return r;
    data = btf__raw_data(reduced, &size);
    r = data ? files_write(path, data, size) : err_r(ENOMEM, "cannot write '%s'", path);
    btf__free(reduced);
    return r;
}

int programs_files_reduce_btf(struct programs_files *files, const char *path)
{
    _cleanup_(btf_names_free) struct btf_names names = {};
    struct btf *kernel;
    int r = 0;

    for (size_t i = 0; r == 0 && i < files->n_files; i++)
        r = btf_names_add(&names, files->files[i].path);
    if (r == -EOPNOTSUPP || (r == 0 && names.n == 0))
        return 0;
    kernel = r == 0 ? btf__load_vmlinux_btf() : NULL;
    if (!kernel)
        return r;
    r = files_write_btf(path, kernel, &names);
    btf__free(kernel);
    if (r == 0)
        files->kernel_btf = strdup(path);
    return r;
}
