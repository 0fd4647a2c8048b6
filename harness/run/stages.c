// SPDX-License-Identifier: Apache-2.0
#include "run/stages.h"

#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/text.h"
#include "run/exit.h"
#include "run/suite.h"
#include "run/words.h"

#define STAGES_BUILD_LIMIT_S 900
#define STAGES_SANITIZED     3 /* times as long */
#define STAGES_FUZZ_S        5
#define NS_PER_S             1000000000LL

/* ---- jobs ---- */

static int64_t stages_expected(const struct session *session, const struct job_spec *spec)
{
    int64_t ms =
        durations_find(&session->durations, spec->name, *spec->variant ? spec->variant : "-");

    return ms > 0 ? ms : 0;
}

static int stages_add(struct session *session, struct job_spec *spec)
{
    spec->expected_ms = stages_expected(session, spec);
    return jobs_add(session->jobs, spec);
}

/* What a file's name has between its last '/' and `suffix`; the caller frees it. */
static int stages_base(const char *path, const char *suffix, char **out)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

    return text_format(out, "%.*s", (int)(strlen(name) - strlen(suffix)), name);
}

typedef int (*stages_file_fn)(struct session *session, const char *path, const char *variant);

/* For each file that matches. */
static int stages_each(struct session *session, const char *variant, stages_file_fn fn,
                       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int stages_each(struct session *session, const char *variant, stages_file_fn fn,
                       const char *fmt, ...)
{
    _cleanup_free_ char *pattern = NULL;
    glob_t found = {0};
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = vasprintf(&pattern, fmt, ap);
    va_end(ap);
    if (r < 0) {
        pattern = NULL;
        return err_r(ENOMEM, "cannot list the tests");
    }
    r = 0;
    glob(pattern, 0, NULL, &found);
    for (size_t i = 0; r >= 0 && i < found.gl_pathc; i++)
        r = fn(session, found.gl_pathv[i], variant);
    globfree(&found);
    return r < 0 ? r : 0;
}

/* ---- lint and builds ---- */

static int stages_add_lint(struct session *session)
{
    const char *const argv[] = {"harness/check/check.sh", "--tap", NULL};
    struct job_spec spec = {.name = "lint",
                            .variant = "",
                            .kind = JOB_PROGRAM,
                            .n_tests = -1,
                            .limit_s = session_limit(session, STAGES_BUILD_LIMIT_S),
                            .argv = argv,
                            .uid = session->site->uid,
                            .gid = session->site->gid};

    return stages_add(session, &spec);
}

struct stages_build {
    const char *variant, *title, *below; /* below $BUILD */
    const char *words[4];                /* variables and targets of make */
};

/* Everything is built as the person to whom the tree belongs. */
static int stages_add_build(struct session *session, const struct stages_build *build)
{
    _cleanup_strings_ struct strings argv = {0};
    struct job_spec spec = {.name = "build",
                            .variant = build->variant,
                            .kind = JOB_COMMAND,
                            .title = build->title,
                            .n_tests = 1,
                            .limit_s = session_limit(session, STAGES_BUILD_LIMIT_S),
                            .uid = session->site->uid,
                            .gid = session->site->gid};
    int r = words_add(&argv, "make");

    if (r < 0)
        return r;
    r = words_add(&argv, "-j%ld", sysconf(_SC_NPROCESSORS_ONLN));
    if (r < 0)
        return r;
    r = words_add(&argv, "BUILD=%s%s", session->site->build, build->below);
    for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(build->words) && build->words[i]; i++)
        r = words_add(&argv, "%s", build->words[i]);
    if (r < 0)
        return r;
    spec.argv = words_array(&argv);
    return stages_add(session, &spec);
}

static int stages_add_builds(struct session *session)
{
    static const struct stages_build builds[] = {
        {"gcc", "the unit tests build", "", {"unit-tests", "unit"}},
        {"clang",
         "everything builds by clang",
         "/by-clang",
         {"CC=clang", "all", "unit-tests", "vm-guest"}},
        {"sanitized",
         "everything builds with ASan and UBSan",
         "/sanitized",
         {"SANITIZE=1", "all", "unit-tests"}},
        {"fuzz", "the fuzzers build", "", {"fuzzers"}},
    };
    int r = stages_add_lint(session);

    for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(builds); i++)
        r = stages_add_build(session, &builds[i]);
    return r;
}

/* ---- unit tests ---- */

static int stages_add_unit(struct session *session, const char *path, const char *variant)
{
    static const char *const environment[] = {"CMOCKA_MESSAGE_OUTPUT=TAP",
                                              "ASAN_OPTIONS=abort_on_error=0", NULL};
    const char *const argv[] = {path, NULL};
    int limit_s = session_limit(session, SUITE_LIMIT_S);
    _cleanup_free_ char *base = NULL, *name = NULL;
    struct job_spec spec = {
        .variant = variant,
        .kind = JOB_PROGRAM,
        .n_tests = -1,
        .limit_s = strcmp(variant, "sanitized") == 0 ? STAGES_SANITIZED * limit_s : limit_s,
        .argv = argv,
        .environment = environment};
    int r = stages_base(path, "", &base);

    if (r < 0)
        return r;
    r = text_format(&name, "unit-%s", base);
    if (r < 0)
        return r;
    spec.name = name;
    return stages_add(session, &spec);
}

/* One job per object, so that each has its own line. */
static int stages_add_program(struct session *session, const char *path, const char *variant)
{
    _cleanup_free_ char *base = NULL, *name = NULL, *object = NULL;
    int r = stages_base(path, ".bpf.c", &base);

    if (r < 0)
        return r;
    r = text_format(&name, "program-%s", base);
    if (r < 0)
        return r;
    r = text_format(&object, "%s/unit/%s.o", session->site->build, base);
    if (r < 0)
        return r;
    const char *const argv[] = {session->site->waypost, "unit", object, NULL};
    struct job_spec spec = {.name = name,
                            .variant = variant,
                            .kind = JOB_PROGRAM,
                            .n_tests = -1,
                            .limit_s = session_limit(session, SUITE_LIMIT_S),
                            .argv = argv};

    return stages_add(session, &spec);
}

/* ROOM-NAME_fuzz. The input that crashes one stays with the results; what it finds meanwhile does
 * not. */
static int stages_fuzz_line(const struct session *session, const char *path, const char *name,
                            struct strings *argv)
{
    _cleanup_free_ char *corpus = NULL, *seeds = NULL;
    size_t room = strcspn(name, "-");
    int r = text_format(&corpus, "%s/%s", getenv("TMPDIR"), name);

    if (r < 0)
        return r;
    if (mkdir(corpus, 0755) < 0)
        return err_r(errno, "cannot make '%s'", corpus);
    r = text_format(&seeds, "harness/%.*s/fuzz/seeds/%.*s", (int)room, name,
                    (int)strcspn(name + room + 1, "_"), name + room + 1);
    if (r < 0)
        return r;
    r = words_add_all(argv, (const char *const[]){path, "-verbosity=0", NULL});
    if (r < 0)
        return r;
    r = words_add(argv, "-max_total_time=%d", STAGES_FUZZ_S);
    if (r < 0)
        return r;
    r = words_add(argv, "-artifact_prefix=%s/", session->dir);
    if (r < 0)
        return r;
    r = words_add(argv, "%s", corpus);
    if (r < 0)
        return r;
    return access(seeds, F_OK) == 0 ? words_add(argv, "%s", seeds) : 0;
}

static int stages_add_fuzz(struct session *session, const char *path, const char *variant)
{
    _cleanup_strings_ struct strings argv = {0};
    _cleanup_free_ char *base = NULL, *name = NULL, *title = NULL;
    struct job_spec spec = {.variant = variant,
                            .kind = JOB_COMMAND,
                            .n_tests = 1,
                            .limit_s = session_limit(session, SUITE_LIMIT_S)};
    int r = stages_base(path, "", &base);

    if (r < 0)
        return r;
    r = text_format(&name, "fuzz-%s", base);
    if (r < 0)
        return r;
    r = text_format(&title, "no crash within %d s", STAGES_FUZZ_S);
    if (r < 0)
        return r;
    r = stages_fuzz_line(session, path, base, &argv);
    if (r < 0)
        return r;
    spec.name = name;
    spec.title = title;
    spec.argv = words_array(&argv);
    return stages_add(session, &spec);
}

static int stages_add_runner(struct session *session, const char *path, const char *variant)
{
    _cleanup_free_ char *name = NULL;
    struct suite_bats bats = {.path = path, .family = FAMILY_V4, .n_tests = -1};
    int r = stages_base(path, ".bats", &name);

    (void)variant;
    if (r < 0)
        return r;
    bats.name = name;
    /* Virtual machines take their time. */
    bats.limit_s =
        session_limit(session, strcmp(name, "vm") == 0 ? STAGES_BUILD_LIMIT_S : SUITE_LIMIT_S);
    bats.expected_ms = durations_find(&session->durations, name, family_name(bats.family));
    return suite_add_bats(session, &bats);
}

/* What the programs cost the verifier, next to docs/verifier.md. */
static int stages_add_verifier(struct session *session)
{
    const char *const argv[] = {session->site->waypost, "run", "verifier", "--as-test", NULL};
    struct job_spec spec = {.name = "verifier",
                            .variant = "",
                            .kind = JOB_PROGRAM,
                            .n_tests = 1,
                            .limit_s = session_limit(session, SUITE_LIMIT_S),
                            .argv = argv};

    return stages_add(session, &spec);
}

static int stages_add_units(struct session *session)
{
    const char *build = session->site->build;
    int r = stages_each(session, "gcc", stages_add_unit, "%s/test/*_test", build);

    if (r < 0)
        return r;
    r = stages_each(session, "clang", stages_add_unit, "%s/by-clang/test/*_test", build);
    if (r < 0)
        return r;
    r = stages_each(session, "sanitized", stages_add_unit, "%s/sanitized/test/*_test", build);
    if (r < 0)
        return r;
    r = stages_each(session, "", stages_add_program, "bpf/unit/*.bpf.c");
    if (r < 0)
        return r;
    r = stages_each(session, "", stages_add_fuzz, "%s/fuzz/*_fuzz", build);
    if (r < 0)
        return r;
    r = stages_each(session, "", stages_add_runner, "harness/*/tests/*.bats");
    return r < 0 ? r : stages_add_verifier(session);
}

/* ---- all of it ---- */

static int stages_run(struct session *session)
{
    static const struct {
        const char *title;
        session_fn add;
    } stages[] = {{"lint and builds", stages_add_builds},
                  {"unit tests", stages_add_units},
                  {"suites", suite_add_jobs}};
    int64_t start = clock_ns();
    long long seconds;

    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        int r = stages[i].add(session);

        if (r < 0)
            return r;
        printf("== %s\n", stages[i].title);
        fflush(stdout);
        r = jobs_run(session->jobs);
        if (r < 0)
            return r;
    }
    seconds = (clock_ns() - start) / NS_PER_S;
    printf("== all of it took %lld min %lld s\n", seconds / 60, seconds % 60);
    return 0;
}

int stages_main(const struct site *site, int argc, char **argv)
{
    _cleanup_(options_clear) struct options options = {0};
    _cleanup_(select_free) struct selection *selection = NULL;
    int r = options_read(site, OPTIONS_TEST, argc, argv, &options);

    if (r < 0)
        return run_code(r);
    if (options.help)
        return run_code(options_print_help(site));
    r = suite_select(site, &options, &selection);
    if (r < 0)
        return run_code(r);
    r = site_need_root("test");
    return run_code(r < 0 ? r : session_run(site, &options, selection, stages_run));
}
