// SPDX-License-Identifier: Apache-2.0
#include "vm/package.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"
#include "vm/copy.h"
#include "vm/step.h"
#include "vm/tail.h"

#define PACKAGE_DEPENDS      "Depends: linux-image-"
#define PACKAGE_OUTPUT_MAX   (1 << 20)
#define PACKAGE_APT_LIMIT_MS 60000

/* ---- downloading ---- */

/* The package with the image, of one that may only name it. */
static int package_find_real(const char *package, char **out)
{
    const char *const argv[] = {"apt-cache", "depends", package, NULL};
    const struct process_spec spec = {.argv = argv, .in = PROCESS_NULL, .err = PROCESS_NULL};
    _cleanup_free_ char *output = NULL;
    char *name;
    int status = 0,
        r = process_output(&spec, PACKAGE_APT_LIMIT_MS, PACKAGE_OUTPUT_MAX, &output, &status);

    if (r < 0)
        return r;
    name = strstr(output, PACKAGE_DEPENDS);
    if (!name)
        return text_format(out, "%s", package);
    name += strlen("Depends: ");
    return text_format(out, "%.*s", (int)strcspn(name, " \n"), name);
}

/* In the package's directory; all that the program prints goes to PROGRAM.log there. "DOING
 * PACKAGE" is what whoever watches sees. */
static int package_run(const struct vm_context *context, const char *directory, const char *doing,
                       const char *package, const char *const *argv, int *status)
{
    _cleanup_free_ char *title = NULL, *log = NULL;
    struct vm_step step = {.process = {.argv = argv, .directory = directory}};
    int r = text_format(&title, "%s %s", doing, package);

    if (r < 0)
        return r;
    r = text_format(&log, "%s/%s.log", directory, argv[0]);
    if (r < 0)
        return r;
    step.title = title;
    step.log = log;
    return vm_step_run(context, &step, status);
}

static int package_refuse(const char *package, const char *directory)
{
    _cleanup_free_ char *log = NULL;
    char last[TAIL_MAX] = "";

    if (text_format(&log, "%s/apt-get.log", directory) == 0)
        tail_line(log, last);
    return err_say(EIO,
                   "cannot download the package %s; are the lists old? sudo apt-get update%s%s",
                   package, *last ? ": " : "", last);
}

/* apt checks what it gets against the signed lists. */
static int package_download(const struct vm_context *context, const char *package,
                            const char *directory)
{
    _cleanup_free_ char *real = NULL;
    int status = 0, r = package_find_real(package, &real);
    const char *const argv[] = {"apt-get", "-q", "download", real, NULL};

    if (r < 0)
        return r;
    r = package_run(context, directory, "downloading", real, argv, &status);
    if (r < 0)
        return r;
    return status == 0 ? 0 : package_refuse(package, directory);
}

/* ---- unpacking ---- */

/* Moves the first that has the pattern to DIRECTORY/NAME. */
static int package_move(const char *directory, const char *pattern, const char *name)
{
    _cleanup_free_ char *path = NULL, *to = NULL;
    glob_t found = {0};
    int r = text_format(&path, "%s/%s", directory, pattern);

    if (r < 0)
        return r;
    r = text_format(&to, "%s/%s", directory, name);
    if (r < 0)
        return r;
    r = glob(path, 0, NULL, &found) == 0 && rename(found.gl_pathv[0], to) == 0 ? 0 : -ENOENT;
    globfree(&found);
    return r;
}

static int package_arrange(const char *package, const char *directory)
{
    if (package_move(directory, "unpacked/boot/vmlinu[xz]-*", "image") == 0 &&
        (package_move(directory, "unpacked/lib/modules/*", "modules") == 0 ||
         package_move(directory, "unpacked/usr/lib/modules/*", "modules") == 0))
        return 0;
    return err_say(EIO, "the package %s has no image and modules; what there is, is in %s", package,
                   directory);
}

static int package_remove(const char *directory, const char *name)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/%s", directory, name);

    return r < 0 ? r : tree_remove(path);
}

static int package_unpack(const struct vm_context *context, const char *package,
                          const char *directory)
{
    const char *const argv[] = {"dpkg-deb", "-x", "package.deb", "unpacked", NULL};
    int status = 0, r = package_move(directory, "*.deb", "package.deb");

    if (r < 0)
        return package_arrange(package, directory);
    r = package_run(context, directory, "unpacking", package, argv, &status);
    if (r < 0)
        return r;
    r = package_arrange(package, directory);
    if (r < 0)
        return r;
    r = package_remove(directory, "unpacked");
    return r < 0 ? r : package_remove(directory, "package.deb");
}

/* ---- the whole of it ---- */

/* Into a directory beside the one where it belongs, so that a half of it is never found there. */
static int package_fetch(const struct vm_context *context, const char *package,
                         const char *directory, char *temporary)
{
    int r;

    if (!mkdtemp(temporary))
        return err_r(errno, "cannot make '%s'", temporary);
    fprintf(stderr, "downloading the package %s to %s\n", package, directory);
    r = package_download(context, package, temporary);
    if (r < 0) {
        tree_remove(temporary);
        return r;
    }
    r = package_unpack(context, package, temporary);
    if (r < 0)
        return r;
    chmod(temporary, 0755);
    /* Somebody else may have been quicker. */
    return rename(temporary, directory) < 0 ? tree_remove(temporary) : 0;
}

static int package_fetch_new(const struct vm_context *context, const char *package,
                             const char *directory)
{
    _cleanup_free_ char *temporary = NULL;
    int r;

    if (!copy_find_program("apt-get") || !copy_find_program("dpkg-deb"))
        return err_say(EIO,
                       "the package %s needs apt-get and dpkg-deb; elsewhere give kernels.yaml an "
                       "image",
                       package);
    r = text_format(&temporary, "%s/kernels/new.XXXXXX", context->cache);
    if (r < 0)
        return r;
    r = tree_make_parents(temporary);
    return r < 0 ? r : package_fetch(context, package, directory, temporary);
}

int package_get(const struct vm_context *context, const char *package, char **out)
{
    _cleanup_free_ char *directory = NULL, *image = NULL;
    int r = text_format(&directory, "%s/kernels/%s", context->cache, package);

    if (r < 0)
        return r;
    r = text_format(&image, "%s/image", directory);
    if (r < 0)
        return r;
    if (access(image, F_OK) < 0)
        r = package_fetch_new(context, package, directory);
    if (r < 0)
        return r;
    *out = TAKE_PTR(directory);
    return 0;
}
