// SPDX-License-Identifier: Apache-2.0
#include "run/small_verbs.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "run/process.h"
#include "run/exit.h"
#include "run/sandbox.h"
#include "run/words.h"

static bool verb_wants_help(const char *word)
{
    return word && (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0);
}

/* A verb of this program, in the same terminal. */
static int verb_self(const char *const *argv, const char *directory)
{
    const struct process_spec spec = {.argv = argv, .directory = directory};
    int status = 0, r = process_run(&spec, -1, &status);

    return r < 0 ? r : status;
}

/* This program, and the words of the command line. */
static int verb_line(const struct site *site, char **argv, struct strings *out)
{
    int r = words_add(out, "%s", site->waypost);

    return r < 0 ? r : words_add_all(out, (const char *const *)argv);
}

/* ---- in a sandbox ---- */

struct verb_inside {
    const char *const *argv;
    const char *directory;
};

static int verb_inside(void *data)
{
    const struct verb_inside *inside = data;

    return verb_self(inside->argv, inside->directory);
}

static int verb_sandboxed(const struct site *site, char **argv, const char *directory)
{
    _cleanup_strings_ struct strings line = {0};
    struct verb_inside inside = {.directory = directory};
    struct claim claim;
    int r = verb_line(site, argv, &line);

    if (r < 0)
        return r;
    r = claim_take(&claim);
    if (r < 0)
        return r;
    inside.argv = words_array(&line);
    r = sandbox_run(&claim, verb_inside, &inside);
    claim_release(&claim);
    claim_sweep();
    return r;
}

static int verb_unboxed(const struct site *site, char **argv)
{
    _cleanup_strings_ struct strings line = {0};
    int r = verb_line(site, argv, &line);

    return r < 0 ? r : verb_self(words_array(&line), NULL);
}

int doctor_main(const struct site *site, int argc, char **argv)
{
    (void)argc;
    return run_code(geteuid() == 0 ? verb_sandboxed(site, argv, NULL) : verb_unboxed(site, argv));
}

int field_main(const struct site *site, int argc, char **argv)
{
    int r;

    if (argc < 2)
        return run_code(
            err_say(EINVAL, "'%s' takes a bundle: ./run.sh %s BUNDLE", argv[0], argv[0]));
    if (verb_wants_help(argv[1]))
        return run_code(verb_unboxed(site, argv));
    r = site_need_root(argv[0]);
    return run_code(r < 0 ? r : verb_sandboxed(site, argv, site->caller));
}

/* ---- unit ---- */

static const char unit_help[] = "Usage: sudo ./run.sh unit [FILTER...]\n\n"
                                "Builds the unit tests of single programs and runs them in the "
                                "running kernel. A FILTER is a part of\n"
                                "\"OBJECT: TEST\". Prints TAP; exit codes: 0 all passed, 1 a test "
                                "failed, 2 no test has the FILTER, 3 a\n"
                                "requirement is missing.\n\n"
                                "Examples:\n"
                                "  sudo ./run.sh unit\n"
                                "  sudo ./run.sh unit sendmsg \"xdp: XD-1\"\n";

static int unit_add_filters(char *const *filters, struct strings *out)
{
    for (; *filters; filters++) {
        int r = words_add(out, "--filter=%s", *filters);

        if (r < 0)
            return r;
    }
    return 0;
}

static int unit_line(const struct site *site, char *const *filters, struct strings *out)
{
    const char *const beginning[] = {site->waypost, "unit", NULL};
    _cleanup_free_ char *pattern = NULL;
    glob_t objects = {0};
    int r = text_format(&pattern, "%s/unit/*.o", site->build);

    if (r < 0)
        return r;
    r = words_add_all(out, beginning);
    if (r < 0)
        return r;
    r = unit_add_filters(filters, out);
    if (r < 0)
        return r;
    if (glob(pattern, 0, NULL, &objects) == 0)
        r = words_add_all(out, (const char *const *)objects.gl_pathv);
    globfree(&objects);
    return r;
}

int unit_main(const struct site *site, int argc, char **argv)
{
    _cleanup_strings_ struct strings line = {0};
    int r;

    for (int i = 1; i < argc; i++) {
        if (verb_wants_help(argv[i]))
            return run_code(fputs(unit_help, stdout) < 0 ? -EIO : RUN_PASSED);
        if (*argv[i] == '-')
            return run_code(
                err_say(EINVAL, "'unit' does not take '%s'; see ./run.sh unit --help", argv[i]));
    }
    r = site_need_root("unit");
    if (r < 0)
        return run_code(r);
    r = unit_line(site, argv + 1, &line);
    return run_code(r < 0 ? r : verb_self(words_array(&line), NULL));
}

/* ---- clean ---- */

static int clean_take_labs(const struct site *site)
{
    char *line[] = {"down", "--all", NULL};

    return verb_unboxed(site, line);
}

int clean_main(const struct site *site, int argc, char **argv)
{
    bool labs = argc == 2 && strcmp(argv[1], "--labs") == 0;
    int r;

    if (argc > 2 || (argc == 2 && !labs))
        return run_code(err_say(EINVAL, "'clean' takes --labs, not '%s'", argv[1]));
    r = site_need_root("clean");
    if (r < 0)
        return run_code(r);
    r = labs ? clean_take_labs(site) : 0;
    if (r != 0)
        return run_code(r);
    return run_code(claim_sweep());
}
