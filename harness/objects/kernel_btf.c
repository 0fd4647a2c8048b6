// SPDX-License-Identifier: Apache-2.0
/* The file with the kernel's types that objects need, made once for all labs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/whole_file.h"
#include "objects/btf.h"
#include "objects/files.h"

static int kernel_btf_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the names and the kernel's version. */
static int kernel_btf_path(const struct btf_names *names, const char *dir, char **out)
{
    _cleanup_free_ char *text = NULL;
    struct utsname kernel;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    if (!file || uname(&kernel) < 0) {
        if (file)
            fclose(file);
        return err_r(errno, "cannot name the kernel's types");
    }
    qsort(names->names, names->n, sizeof(*names->names), kernel_btf_compare);
    fprintf(file, "%s\n%s\n%s\n", kernel.release, kernel.version, kernel.machine);
    for (size_t i = 0; i < names->n; i++)
        fprintf(file, "%s\n", names->names[i]);
    fclose(file);
    return text_format(out, "%s/.kernel-types-%016llx", dir,
                       (unsigned long long)XXH3_64bits(text, size));
}

static int kernel_btf_write(FILE *file, const void *data)
{
    const struct btf *reduced = data;
    uint32_t size;
    const void *bytes = btf__raw_data(reduced, &size);

    if (!bytes)
        return -ENOMEM;
    return fwrite(bytes, size, 1, file) == 1 ? 0 : -errno;
}

/* -ENOENT, saying nothing, where the kernel does not tell its types. */
static int kernel_btf_make(const char *path, const struct btf_names *names)
{
    struct btf *kernel = btf__load_vmlinux_btf(), *reduced = NULL;
    int r;

    if (!kernel)
        return -ENOENT;
    r = btf_reduce(kernel, names, &reduced);
    btf__free(kernel);
    if (r < 0)
        return r;
    r = whole_file_write(path, kernel_btf_write, reduced);
    btf__free(reduced);
    return r;
}

int programs_files_reduce_btf(struct programs_files *files, const char *dir)
{
    _cleanup_(btf_names_free) struct btf_names names = {};
    _cleanup_free_ char *path = NULL;
    int r;

    for (size_t i = 0; i < files->n_files; i++) {
        r = btf_names_add(&names, &files->files[i].bytes);
        if (r == -EOPNOTSUPP)
            return 0;
        if (r < 0)
            return r;
    }
    if (names.n == 0)
        return 0;
    r = kernel_btf_path(&names, dir, &path);
    if (r < 0)
        return r;
    r = access(path, R_OK) == 0 ? 0 : kernel_btf_make(path, &names);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    files->kernel_btf = TAKE_PTR(path);
    return 0;
}
