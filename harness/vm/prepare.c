// SPDX-License-Identifier: Apache-2.0
#include "vm/prepare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "vm/choose.h"
#include "vm/image.h"
#include "vm/initramfs.h"
#include "vm/package.h"

#define PREPARE_KERNELS "kernels.yaml"
#define PREPARE_INIT    "vm/init" /* in $BUILD */

static const char *prepare_kernels_file(void)
{
    const char *file = getenv("WAYPOST_KERNELS");

    return file && *file ? file : PREPARE_KERNELS;
}

/* Those that were named; without names, all that need no root. */
static int prepare_choose(const struct command_line *line, json_t **out)
{
    _cleanup_json_ json_t *kernels = NULL;
    int r = kernels_choose(prepare_kernels_file(), line->names, &kernels);

    if (r < 0)
        return r;
    for (size_t i = json_array_size(kernels); !line->names && i-- > 0;)
        if (json_object_get(json_array_get(kernels, i), "host"))
            json_array_remove(kernels, i);
    if (json_array_size(kernels) == 0)
        return err_say(EINVAL, "%s has no kernel that needs no root: name one with --kernel",
                       prepare_kernels_file());
    *out = TAKE_PTR(kernels);
    return 0;
}

/* ---- one kernel ---- */

static const char *prepare_text(const struct prepared *kernel, const char *key)
{
    return json_string_value(json_object_get(kernel->kernel, key));
}

/* Paths are relative to the file that names them. */
static int prepare_path(const char *path, char **out)
{
    const char *file = prepare_kernels_file(), *slash = strrchr(file, '/');

    if (*path == '/' || !slash)
        return text_format(out, "%s", path);
    return text_format(out, "%.*s/%s", (int)(slash - file), file, path);
}

/* Where the image and the modules are. *modules stays NULL where there are none. */
static int prepare_find_image(const struct vm_context *context, struct prepared *kernel,
                              char **modules)
{
    const char *package = prepare_text(kernel, "package");
    _cleanup_free_ char *directory = NULL;
    int r;

    if (!package) {
        r = prepare_path(prepare_text(kernel, "image"), &kernel->image);
        if (r < 0 || !prepare_text(kernel, "modules"))
            return r;
        return prepare_path(prepare_text(kernel, "modules"), modules);
    }
    r = package_get(context, package, &directory);
    if (r < 0)
        return r;
    r = text_format(&kernel->image, "%s/image", directory);
    return r < 0 ? r : text_format(modules, "%s/modules", directory);
}

static int prepare_initramfs(const struct vm_context *context, struct prepared *kernel,
                             const char *modules)
{
    _cleanup_free_ char *init = NULL;
    struct initramfs_request request = {.modules = modules,
                                        .load = json_object_get(kernel->kernel, "load")};
    int r = text_format(&init, "%s/" PREPARE_INIT, context->site->build);

    if (r < 0)
        return r;
    r = text_format(&kernel->initramfs, "%s/initramfs", kernel->dir);
    if (r < 0)
        return r;
    request.init = init;
    return initramfs_write(&request, kernel->initramfs);
}

static int prepare_machine(const struct vm_context *context, struct prepared *kernel)
{
    _cleanup_free_ char *modules = NULL;
    int r = prepare_find_image(context, kernel, &modules);

    if (r < 0)
        return r;
    if (access(kernel->image, R_OK) < 0)
        return err_say(EIO, "kernel '%s': cannot read %s", kernel->name, kernel->image);
    return prepare_initramfs(context, kernel, modules);
}

static int prepare_host(const struct prepared *kernel, const struct command_line *line)
{
    _cleanup_free_ char *verb = NULL;
    int r = text_format(&verb, "vm --kernel %s", kernel->name);

    if (r < 0)
        return r;
    if (line->verb != VM_SUITE)
        return err_say(EINVAL, "on the host's own kernel only 'suite' can be run");
    return site_need_root(verb);
}

static int prepare_directory(const char *dir, struct prepared *kernel)
{
    _cleanup_free_ char *json = NULL;
    int r = text_format(&kernel->dir, "%s/%s", dir, kernel->name);

    if (r < 0)
        return r;
    r = text_format(&json, "%s/kernel.json", kernel->dir);
    if (r < 0)
        return r;
    r = text_format(&kernel->work, "%s/work.img", dir);
    if (r < 0)
        return r;
    if (mkdir(kernel->dir, 0755) < 0)
        return err_r(errno, "cannot make '%s'", kernel->dir);
    return json_write_file(json, kernel->kernel);
}

static int prepare_one(const struct vm_context *context, const struct command_line *line,
                       const char *dir, struct prepared *kernel)
{
    int r = prepare_directory(dir, kernel);

    if (r < 0)
        return r;
    kernel->memory_mib = line->memory_mib > 0
                             ? (long)line->memory_mib
                             : (long)json_integer_value(json_object_get(kernel->kernel, "memory"));
    return json_object_get(kernel->kernel, "host") ? prepare_host(kernel, line)
                                                   : prepare_machine(context, kernel);
}

/* ---- all of them ---- */

int prepare_fetch(const struct vm_context *context, const struct command_line *line)
{
    _cleanup_json_ json_t *kernels = NULL;
    const json_t *kernel;
    size_t i;
    int r = prepare_choose(line, &kernels);

    if (r < 0)
        return r;
    json_array_foreach (kernels, i, kernel) {
        const char *package = json_string_value(json_object_get(kernel, "package"));
        _cleanup_free_ char *directory = NULL;

        r = package ? package_get(context, package, &directory) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

static int prepare_kernels(const struct vm_context *context, const struct command_line *line,
                           const char *dir, struct prepared_all *out)
{
    _cleanup_json_ json_t *kernels = NULL;
    json_t *kernel;
    size_t i;
    int r = prepare_choose(line, &kernels);

    if (r < 0)
        return r;
    out->items = calloc(json_array_size(kernels), sizeof(*out->items));
    if (!out->items)
        return err_r(ENOMEM, "cannot prepare the machines");
    json_array_foreach (kernels, i, kernel) {
        struct prepared *prepared = &out->items[out->n++];

        prepared->kernel = json_incref(kernel);
        prepared->name = prepare_text(prepared, "name");
        r = prepare_one(context, line, dir, prepared);
        if (r < 0)
            return r;
    }
    return 0;
}

int prepare_all(const struct vm_context *context, const struct command_line *line, const char *dir,
                struct prepared_all *out)
{
    int r = prepare_kernels(context, line, dir, out);

    if (r < 0)
        return r;
    r = image_make_root(context);
    return r < 0 ? r : image_make_work(context, &line->options, &line->guest, out->items[0].work);
}

void prepared_remove_images(const struct prepared_all *all)
{
    for (size_t i = 0; i < all->n; i++) {
        if (all->items[i].work)
            unlink(all->items[i].work);
        if (all->items[i].initramfs)
            unlink(all->items[i].initramfs);
    }
}

void prepared_clear(struct prepared_all *all)
{
    for (size_t i = 0; i < all->n; i++) {
        json_decref(all->items[i].kernel);
        free(all->items[i].dir);
        free(all->items[i].image);
        free(all->items[i].initramfs);
        free(all->items[i].work);
    }
    free(all->items);
    *all = (struct prepared_all){0};
}
