// SPDX-License-Identifier: Apache-2.0
#include "vm/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"
#include "common/whole_file.h"
#include "run/words.h"
#include "vm/copy.h"
#include "vm/image_files.h"

/* In the cache: the image, the list of its files, and what they were like. */
#define IMAGE_ROOT          "root.img"
#define IMAGE_ROOT_FILES    "root.files"
#define IMAGE_ROOT_MANIFEST "root.manifest"
/* Somebody else may be making it. */
#define IMAGE_LOCK_LIMIT_MS 600000

int image_root_path(const struct vm_context *context, char **out)
{
    return text_format(out, "%s/" IMAGE_ROOT, context->cache);
}

/* ---- is it current? ---- */

static int image_root_open(const struct vm_context *context, const char *name, FILE **out)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/%s", context->cache, name);

    if (r < 0)
        return r;
    *out = fopen(path, "re");
    return *out ? 0 : -errno;
}

static int image_root_read_files(const struct vm_context *context, struct strings *files)
{
    _cleanup_fclose_ FILE *file = NULL;
    _cleanup_free_ char *line = NULL;
    size_t size = 0;
    int r = image_root_open(context, IMAGE_ROOT_FILES, &file);

    while (r >= 0 && getline(&line, &size, file) > 0)
        r = words_add(files, "%.*s", (int)strcspn(line, "\n"), line);
    return r;
}

static bool image_root_has_text(FILE *file, const char *text)
{
    int c;

    while ((c = fgetc(file)) != EOF)
        if (c != (unsigned char)*text++)
            return false;
    return *text == '\0';
}

static bool image_root_is_current(const struct vm_context *context)
{
    _cleanup_strings_ struct strings files = {0};
    _cleanup_fclose_ FILE *image = NULL, *manifest = NULL;
    _cleanup_free_ char *text = NULL;

    return image_root_open(context, IMAGE_ROOT, &image) == 0 &&
           image_root_open(context, IMAGE_ROOT_MANIFEST, &manifest) == 0 &&
           image_root_read_files(context, &files) == 0 &&
           image_files_describe(&files, &text) == 0 && image_root_has_text(manifest, text);
}

/* ---- making it ---- */

/* Each file as what it leads to. */
static int image_root_copy_files(const struct strings *files, const char *root)
{
    for (size_t i = 0; i < files->n; i++) {
        _cleanup_free_ char *to = NULL;
        int r = text_format(&to, "%s%s", root, files->items[i]);

        if (r < 0)
            return r;
        r = copy_tree(files->items[i], to);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A tree as the host's, its merged directories too. */
static int image_root_make_tree(const char *root)
{
    static const char *const directories[] = {"usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc",
                                              "dev",     "proc",     "sys",     "run",       "tmp",
                                              "waypost", "root",     "var"};
    static const char *const links[][2] = {{"usr/bin", "bin"},
                                           {"usr/sbin", "sbin"},
                                           {"usr/lib", "lib"},
                                           {"usr/lib64", "lib64"},
                                           {"/run", "var/run"}};

    for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
        _cleanup_free_ char *path = NULL;
        int r = text_format(&path, "%s/%s/", root, directories[i]);

        if (r < 0)
            return r;
        r = tree_make_parents(path);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        _cleanup_free_ char *path = NULL;
        int r = text_format(&path, "%s/%s", root, links[i][1]);

        if (r < 0)
            return r;
        if (symlink(links[i][0], path) < 0)
            return err_r(errno, "cannot make '%s'", path);
    }
    return 0;
}

static int image_root_write_list(FILE *file, const void *data)
{
    const struct strings *files = data;

    for (size_t i = 0; i < files->n; i++)
        fprintf(file, "%s\n", files->items[i]);
    return 0;
}

static int image_root_write_text(FILE *file, const void *data)
{
    return fputs(data, file) < 0 ? -errno : 0;
}

/* The manifest last: without it nothing is current. */
static int image_root_keep(const struct vm_context *context, const struct strings *files,
                           const char *image)
{
    _cleanup_free_ char *kept = NULL, *list = NULL, *manifest = NULL, *text = NULL;
    int r = image_root_path(context, &kept);

    if (r < 0)
        return r;
    r = text_format(&list, "%s/" IMAGE_ROOT_FILES, context->cache);
    if (r < 0)
        return r;
    r = text_format(&manifest, "%s/" IMAGE_ROOT_MANIFEST, context->cache);
    if (r < 0)
        return r;
    r = image_files_describe(files, &text);
    if (r < 0)
        return r;
    unlink(manifest);
    if (rename(image, kept) < 0)
        return err_r(errno, "cannot write '%s'", kept);
    r = whole_file_write(list, image_root_write_list, files);
    return r < 0 ? r : whole_file_write(manifest, image_root_write_text, text);
}

static int image_root_make_in(const struct vm_context *context, const char *directory)
{
    _cleanup_strings_ struct strings files = {0};
    _cleanup_free_ char *root = NULL, *image = NULL;
    int r = text_format(&root, "%s/root", directory);

    if (r < 0)
        return r;
    r = text_format(&image, "%s/" IMAGE_ROOT, directory);
    if (r < 0)
        return r;
    r = image_files_list(context->site, &files);
    if (r < 0)
        return r;
    r = image_root_make_tree(root);
    if (r < 0)
        return r;
    r = image_root_copy_files(&files, root);
    if (r < 0)
        return r;
    r = image_make(context, root, image);
    return r < 0 ? r : image_root_keep(context, &files, image);
}

static int image_root_make(const struct vm_context *context)
{
    _cleanup_free_ char *directory = NULL;
    int r = text_format(&directory, "%s/new.XXXXXX", context->cache);

    if (r < 0)
        return r;
    vm_status_show(context->status, "copying the files of a machine's root");
    if (!mkdtemp(directory))
        return err_r(errno, "cannot make '%s'", directory);
    r = image_root_make_in(context, directory);
    tree_remove(directory);
    return r;
}

int image_make_root(const struct vm_context *context)
{
    _cleanup_close_ int lock = -1;
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/lock", context->cache);

    if (r < 0)
        return r;
    r = tree_make_parents(path);
    if (r < 0)
        return r;
    lock = lock_open(path, IMAGE_LOCK_LIMIT_MS);
    if (lock < 0)
        return lock;
    return image_root_is_current(context) ? 0 : image_root_make(context);
}
