// SPDX-License-Identifier: Apache-2.0
#include "vm/modules.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/strings.h"
#include "common/text.h"
#include "run/process.h"
#include "vm/copy.h"

#define MODULES_MAX     64 /* as many as guest/init.c loads */
#define MODULES_DEPENDS "depends="

struct module_image {
    void *bytes; /* mapped */
    size_t size;
};

struct modules {
    struct strings files; /* all that there are */
    struct strings names; /* that were taken, or are being taken, and those that are built in */
    struct module_image images[MODULES_MAX];
    size_t n;
};

/* ---- the files ---- */

static int modules_add_file(const char *path, void *data)
{
    struct modules *modules = data;

    if (!strstr(path, ".ko"))
        return 0;
    return strings_add(&modules->files, path) < 0 ? err_r(ENOMEM, "cannot list the modules") : 0;
}

int modules_open(const char *directory, struct modules **out)
{
    _cleanup_(modules_close) struct modules *modules = calloc(1, sizeof(*modules));
    _cleanup_free_ char *kernel = NULL;
    int r;

    if (!modules)
        return err_r(ENOMEM, "cannot list the modules");
    if (directory) {
        r = text_format(&kernel, "%s/kernel", directory);
        if (r < 0)
            return r;
        r = copy_each_file(kernel, modules_add_file, modules);
        if (r < 0)
            return r;
    }
    *out = TAKE_PTR(modules);
    return 0;
}

void modules_close(struct modules **modules)
{
    struct modules *m = TAKE_PTR(*modules);

    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++)
        munmap(m->images[i].bytes, m->images[i].size);
    strings_clear(&m->files);
    strings_clear(&m->names);
    free(m);
}

/* A file's name may have either of - and _ where the module has _. */
static bool modules_is_file_of(const char *path, const char *name)
{
    const char *file = strrchr(path, '/') + 1;

    for (; *name; name++, file++)
        if (*file != *name && !(*name == '_' && *file == '-'))
            return false;
    return strncmp(file, ".ko", 3) == 0;
}

static const char *modules_find_file(const struct modules *modules, const char *name)
{
    for (size_t i = 0; i < modules->files.n; i++)
        if (modules_is_file_of(modules->files.items[i], name))
            return modules->files.items[i];
    return NULL;
}

/* ---- the images ---- */

/* What unpacks it, by the name's end. */
static void modules_unpacker(const char *path, const char *argv[4])
{
    static const char *const unpackers[][3] = {
        {".xz", "xz", "-dc"}, {".zst", "zstd", "-qdc"}, {".gz", "gzip", "-dc"}};
    const char *suffix = strrchr(path, '.');

    argv[0] = "cat";
    argv[1] = path;
    argv[2] = argv[3] = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(unpackers); i++) {
        if (strcmp(suffix, unpackers[i][0]) != 0)
            continue;
        argv[0] = unpackers[i][1];
        argv[1] = unpackers[i][2];
        argv[2] = path;
    }
}

static int modules_unpack(const char *path, int fd)
{
    const char *argv[4];
    const struct process_spec spec = {.argv = argv, .in = PROCESS_NULL, .out = fd};
    int status = 0, r;

    modules_unpacker(path, argv);
    r = process_run(&spec, -1, &status);
    if (r < 0)
        return r;
    return status == 0 ? 0 : err_say(EIO, "cannot read the module %s", path);
}

static int modules_read(const char *path, struct module_image *out)
{
    _cleanup_close_ int fd = memfd_create("module", MFD_CLOEXEC);
    struct stat it;
    void *bytes;
    int r;

    if (fd < 0)
        return err_r(errno, "cannot read the module %s", path);
    r = modules_unpack(path, fd);
    if (r < 0)
        return r;
    if (fstat(fd, &it) < 0 || it.st_size == 0)
        return err_say(EIO, "the module %s is empty", path);
    bytes = mmap(NULL, (size_t)it.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return err_r(errno, "cannot read the module %s", path);
    *out = (struct module_image){bytes, (size_t)it.st_size};
    return 0;
}

/* The value of "depends=" in its list of NAME=VALUE: "a,b". NULL when it says nothing. */
static char *modules_depends(const struct module_image *image)
{
    static const char key[] = "\0" MODULES_DEPENDS;
    const char *end = (const char *)image->bytes + image->size;
    const char *at = memmem(image->bytes, image->size, key, sizeof(key) - 1);

    if (!at)
        return NULL;
    at += sizeof(key) - 1;
    return strndup(at, (size_t)(end - at));
}

/* ---- taking ---- */

static int modules_take_depends(struct modules *modules, const struct module_image *image)
{
    _cleanup_free_ char *depends = modules_depends(image);
    char *rest = depends, *name;

    while ((name = strsep(&rest, ","))) {
        int r = *name ? modules_take(modules, name) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

static int modules_take_file(struct modules *modules, const char *path)
{
    struct module_image image;
    int r = modules_read(path, &image);

    if (r < 0)
        return r;
    r = modules_take_depends(modules, &image);
    if (r >= 0 && modules->n < MODULES_MAX) {
        modules->images[modules->n++] = image;
        return 0;
    }
    munmap(image.bytes, image.size);
    return r < 0 ? r : err_say(E2BIG, "there are more than %d modules to load", MODULES_MAX);
}

int modules_take(struct modules *modules, const char *name)
{
    _cleanup_free_ char *plain = strdup(name);
    const char *path;

    for (char *at = plain; at && *at; at++)
        if (*at == '-')
            *at = '_';
    if (plain && strings_have(&modules->names, plain))
        return 0;
    if (!plain || strings_add(&modules->names, plain) < 0)
        return err_r(ENOMEM, "cannot read the module %s", name);
    path = modules_find_file(modules, plain);
    return path ? modules_take_file(modules, path) : 0;
}

const void *modules_image(const struct modules *modules, size_t number, size_t *size)
{
    if (number >= modules->n)
        return NULL;
    *size = modules->images[number].size;
    return modules->images[number].bytes;
}
