// SPDX-License-Identifier: Apache-2.0
#include "run/tested.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "run/process.h"
#include "run/exit.h"

#define TESTED_SOURCES    "bpf/datapath/"
#define TESTED_OUTPUT_MAX (1 << 20)

static const char *tested_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *tested_name(const struct options *options)
{
    char *name = NULL;

    if (!options->plant)
        return strdup(options->objects ? tested_base(options->objects) : "suite");
    return text_format(&name, "suite with %s", options->plant) < 0 ? NULL : name;
}

/* ---- --plant ---- */

/* "sendmsg.bpf.c xdp.bpf.c", the names that can be replaced; the caller frees it. */
static char *tested_sources(void)
{
    char *names = NULL;
    glob_t found = {0};

    glob(TESTED_SOURCES "*.bpf.c", 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        _cleanup_free_ char *before = names;

        if (text_format(&names, "%s%s%s", before ? before : "", before ? " " : "",
                        tested_base(found.gl_pathv[i])) < 0)
            break;
    }
    globfree(&found);
    return names;
}

static int tested_check_name(const char *file)
{
    _cleanup_free_ char *source = NULL, *names = NULL;
    int r = text_format(&source, TESTED_SOURCES "%s", tested_base(file));

    if (r < 0)
        return r;
    if (access(source, F_OK) == 0 && strlen(source) > strlen(".bpf.c") &&
        strcmp(source + strlen(source) - strlen(".bpf.c"), ".bpf.c") == 0)
        return 0;
    names = tested_sources();
    return err_say(EINVAL,
                   "--plant: '%s' is named like none of the suite's programs; there are: %s", file,
                   names ? names : "none");
}

/* The suite's own objects, by links: the new one is put in place of one of them. */
static int tested_link_own(const struct site *site, const char *directory)
{
    _cleanup_free_ char *pattern = NULL;
    glob_t found = {0};
    int r = text_format(&pattern, "%s/bpf/datapath/*.bpf.o", site->build);

    if (r < 0)
        return r;
    glob(pattern, 0, NULL, &found);
    for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
        _cleanup_free_ char *link = NULL, *object = realpath(found.gl_pathv[i], NULL);

        r = text_format(&link, "%s/%s", directory, tested_base(found.gl_pathv[i]));
        if (r == 0 && (!object || symlink(object, link) < 0))
            r = err_r(errno, "cannot link '%s'", found.gl_pathv[i]);
    }
    globfree(&found);
    return r;
}

/* By the same compiler and flags: make has them. What the compiler says is shown when it fails. */
static int tested_compile(const struct site *site, const char *file, const char *object)
{
    _cleanup_free_ char *build = NULL, *from = NULL, *to = NULL, *output = NULL;
    int r = text_format(&build, "BUILD=%s", site->build), status = 0;

    if (r < 0)
        return r;
    r = text_format(&from, "PLANT=%s", file);
    if (r < 0)
        return r;
    r = text_format(&to, "PLANTED_OBJECT=%s", object);
    if (r < 0)
        return r;
    const char *const argv[] = {"make", build, from, to, "planted-object", NULL};
    const struct process_spec spec = {.argv = argv, .in = PROCESS_NULL};

    r = process_output(&spec, -1, TESTED_OUTPUT_MAX, &output, &status);
    if (r < 0)
        return r;
    return status == 0 ? 0 : err_say(EINVAL, "--plant: '%s' does not compile", file);
}

/* In the results: what a failure says to do with the objects can be done afterwards. */
static int tested_plant(const struct site *site, const char *file, const char *results, char **out)
{
    _cleanup_free_ char *directory = NULL, *object = NULL;
    const char *name = tested_base(file);
    int r = tested_check_name(file);

    if (r < 0)
        return r;
    r = text_format(&directory, "%s/%s/planted", site->root, results);
    if (r < 0)
        return r;
    if (mkdir(directory, 0755) < 0)
        return err_r(errno, "cannot make '%s'", directory);
    r = tested_link_own(site, directory);
    if (r < 0)
        return r;
    r = text_format(&object, "%s/%.*s.o", directory, (int)(strlen(name) - strlen(".c")), name);
    if (r < 0)
        return r;
    unlink(object); /* or the compiler would write where the link leads */
    r = tested_compile(site, file, object);
    if (r < 0)
        return r;
    *out = TAKE_PTR(directory);
    return 0;
}

/* ---- for the suites ---- */

/* Of what makes every lab impossible `waypost programs` says why. */
static int tested_check(const struct site *site, const char *directory)
{
    const char *const argv[] = {site->waypost, "programs",  "--objects",
                                directory,     "--no-load", NULL};
    const struct process_spec spec = {.argv = argv, .in = PROCESS_NULL, .out = PROCESS_NULL};
    int status = 0, r = process_run(&spec, -1, &status);

    if (r < 0)
        return r;
    return status == RUN_MISTAKE ? status : 0;
}

/* What one lab finds out about the objects the others need not (lab/notes.h). */
static int tested_tell(const char *directory)
{
    const char *labs = getenv("WAYPOST_STATE");
    _cleanup_free_ char *notes = NULL;
    int r = text_format(&notes, "%.*s/notes", (int)(strrchr(labs, '/') - labs), labs);

    if (r < 0)
        return r;
    if (mkdir(notes, 0700) < 0)
        return err_r(errno, "cannot make '%s'", notes);
    setenv("WAYPOST_NOTES", notes, 1);
    setenv("WAYPOST_OBJECTS_DIR", directory, 1);
    return 0;
}

int tested_prepare(const struct site *site, const struct options *options, const char *results)
{
    _cleanup_free_ char *planted = NULL;
    const char *directory;
    int r = options->plant ? tested_plant(site, options->plant, results, &planted) : 0;

    if (r < 0)
        return r;
    unsetenv("WAYPOST_NOTES");
    directory = planted ? planted : options->objects;
    if (!directory)
        return 0;
    r = tested_check(site, directory);
    return r != 0 ? r : tested_tell(directory);
}
