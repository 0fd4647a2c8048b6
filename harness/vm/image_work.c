// SPDX-License-Identifier: Apache-2.0
#include "vm/image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"
#include "common/whole_file.h"
#include "run/session.h"
#include "vm/copy.h"

/* What is in the tree, as it is there. */
static const char *const image_work_sources[] = {"run.sh", "topologies", "harness/door",
                                                 "harness/vm/guest"};
/* What was built, where it was: `waypost-capture` needs static libraries, the rest what was run
 * before. */
static const char *const image_work_built[] = {"bpf", "planted", "waypost-capture",
                                               SESSION_DURATIONS, SESSION_FAILED};

static int image_work_copy(const char *from, const char *directory, const char *name)
{
    _cleanup_free_ char *to = NULL;
    int r = text_format(&to, "%s/%s", directory, name);

    return r < 0 ? r : copy_tree_if_there(from, to);
}

static int image_work_copy_tree(const struct site *site, const char *directory)
{
    for (size_t i = 0; i < ARRAY_SIZE(image_work_sources); i++) {
        int r = image_work_copy(image_work_sources[i], directory, image_work_sources[i]);

        if (r < 0)
            return r;
    }
    return image_work_copy(site->suites, directory, "suites");
}

static int image_work_copy_built(const struct site *site, const char *directory)
{
    _cleanup_free_ char *build = NULL;
    int r = text_format(&build, "%s/build", directory);

    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(image_work_built); i++) {
        _cleanup_free_ char *from = NULL;

        r = text_format(&from, "%s/%s", site->build, image_work_built[i]);
        if (r < 0)
            return r;
        r = image_work_copy(from, build, image_work_built[i]);
        if (r < 0)
            return r;
    }
    return image_work_copy(site->waypost, build, "waypost");
}

/* By its name, which the results carry. */
static int image_work_copy_tested(const struct options *options, const char *directory)
{
    _cleanup_free_ char *objects = NULL, *expect = NULL;
    int r;

    if (options->objects) {
        r = text_format(&objects, "%s/.vm/objects/%s", directory,
                        strrchr(options->objects, '/') + 1);
        if (r < 0)
            return r;
        r = copy_tree(options->objects, objects);
        if (r < 0)
            return r;
    }
    if (!options->expect)
        return 0;
    r = text_format(&expect, "%s/.vm/expect.txt", directory);
    return r < 0 ? r : copy_tree(options->expect, expect);
}

/* A word in single quotes, as a shell reads it. */
static void image_work_write_word(FILE *file, const char *word)
{
    fputs(" '", file);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", file);
        else
            fputc(*word, file);
    fputc('\'', file);
}

static int image_work_write_script(FILE *file, const void *data)
{
    const struct strings *command = data;

    fputs("exec bash harness/vm/guest/run.sh", file);
    for (size_t i = 0; i < command->n; i++)
        image_work_write_word(file, command->items[i]);
    return fputc('\n', file) == EOF ? -EIO : 0;
}

static int image_work_write_command(const struct strings *command, const char *directory)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/.vm/command", directory);

    if (r < 0)
        return r;
    r = tree_make_parents(path);
    return r < 0 ? r : whole_file_write(path, image_work_write_script, command);
}

static int image_work_fill(const struct vm_context *context, const struct options *options,
                           const struct strings *command, const char *directory)
{
    int r = image_work_copy_tree(context->site, directory);

    if (r < 0)
        return r;
    r = image_work_copy_built(context->site, directory);
    if (r < 0)
        return r;
    r = image_work_copy_tested(options, directory);
    return r < 0 ? r : image_work_write_command(command, directory);
}

int image_make_work(const struct vm_context *context, const struct options *options,
                    const struct strings *command, const char *path)
{
    _cleanup_free_ char *directory = NULL;
    int r = text_format(&directory, "%s.XXXXXX", path);

    if (r < 0)
        return r;
    if (!mkdtemp(directory))
        return err_r(errno, "cannot make '%s'", directory);
    r = image_work_fill(context, options, command, directory);
    if (r >= 0)
        r = image_make(context, directory, path);
    tree_remove(directory);
    return r;
}
