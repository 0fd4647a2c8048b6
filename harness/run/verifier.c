// SPDX-License-Identifier: Apache-2.0
#include "run/verifier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "run/options.h"
#include "run/process.h"
#include "run/exit.h"
#include "run/words.h"

#define VERIFIER_RECORD     "docs/verifier.md"
#define VERIFIER_OUTPUT_MAX (1 << 20)
#define VERIFIER_TITLE      "no program costs the verifier much more than " VERIFIER_RECORD " says"
#define VERIFIER_UNKNOWN    "has no record: nothing to compare with"

/* A temporary file that is gone when it is closed; it has its name in /proc. */
static int verifier_temporary(char **name)
{
    const char *directory = getenv("TMPDIR");
    int fd = open(directory ? directory : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), r;

    if (fd < 0)
        return err_r(errno, "cannot make a temporary file");
    r = text_format(name, "/proc/%d/fd/%d", (int)getpid(), fd);
    if (r < 0) {
        close(fd);
        return r;
    }
    return fd;
}

/* Loads every program and lets go of it again. What differs from the contract, or is refused,
 * stands in the table. */
static int verifier_look(const struct site *site, const char *objects, int fd)
{
    const char *const argv[] = {site->waypost, "programs", "-j", objects ? "--objects" : NULL,
                                objects,       NULL};
    const struct process_spec spec = {.argv = argv, .in = PROCESS_NULL, .out = fd};
    struct stat written = {0};
    int status = 0, r = process_run(&spec, -1, &status);

    if (r < 0)
        return r;
    if (status == RUN_MISTAKE || fstat(fd, &written) < 0 || written.st_size == 0)
        return -EIO; /* it has said why */
    return 0;
}

static int verifier_line(const struct site *site, const struct verifier_judgement *judgement,
                         struct strings *argv)
{
    const char *const beginning[] = {
        site->waypost, "verifier", judgement->recorded ? "--record=" VERIFIER_RECORD : NULL, NULL};
    int r = words_add_all(argv, beginning);

    if (r < 0)
        return r;
    if (judgement->write) {
        r = words_add(argv, "--write");
        if (r < 0)
            return r;
    }
    return words_add_all(argv, judgement->files);
}

static int verifier_give_record(const struct site *site)
{
    struct stat root;

    if (stat(site->root, &root) < 0 || chown(VERIFIER_RECORD, root.st_uid, root.st_gid) < 0)
        return err_r(errno, "cannot give '" VERIFIER_RECORD "' to its owner");
    return 0;
}

int verifier_judge(const struct site *site, const struct verifier_judgement *judgement)
{
    _cleanup_strings_ struct strings argv = {0};
    int status = 0, r = verifier_line(site, judgement, &argv);
    const struct process_spec spec = {.argv = words_array(&argv), .in = PROCESS_NULL};

    if (r < 0)
        return r;
    r = process_run(&spec, -1, &status);
    if (r < 0)
        return r;
    if (judgement->write && geteuid() == 0)
        r = verifier_give_record(site);
    return r < 0 ? r : status;
}

static int verifier_run(const struct site *site, const struct options *options)
{
    _cleanup_free_ char *name = NULL;
    _cleanup_close_ int fd = verifier_temporary(&name);
    const char *const files[] = {name, NULL};
    const struct verifier_judgement judgement = {files, !options->objects, options->record};
    struct utsname system;
    int r;

    if (fd < 0)
        return fd;
    r = verifier_look(site, options->objects, fd);
    if (r < 0)
        return r;
    r = verifier_judge(site, &judgement);
    if (r == 0 && options->record && uname(&system) == 0)
        printf(VERIFIER_RECORD ": kernel %s is on record\n", system.release);
    return r;
}

/* ---- as a test ---- */

static void verifier_print_test(int status, char *output)
{
    struct utsname system = {0};

    uname(&system);
    printf("1..1\n");
    if (status == 0 && strstr(output, VERIFIER_UNKNOWN))
        printf("ok 1 - " VERIFIER_TITLE " # SKIP kernel %s is not in the table\n", system.release);
    else
        printf("%s 1 - " VERIFIER_TITLE "\n", status == 0 ? "ok" : "not ok");
    for (char *line = strtok(output, "\n"); status != 0 && line; line = strtok(NULL, "\n"))
        printf("# %s\n", line);
}

static int verifier_as_test(const struct site *site)
{
    _cleanup_strings_ struct strings argv = {0};
    _cleanup_free_ char *name = NULL, *output = NULL;
    _cleanup_close_ int fd = verifier_temporary(&name);
    const char *const files[] = {name, NULL};
    const struct verifier_judgement judgement = {files, true, false};
    struct process_spec spec = {.in = PROCESS_NULL, .err = PROCESS_LIKE_OUT};
    int status = 0, r = fd;

    if (r < 0)
        return r;
    r = verifier_look(site, NULL, fd);
    if (r < 0)
        return r;
    r = verifier_line(site, &judgement, &argv);
    if (r < 0)
        return r;
    spec.argv = words_array(&argv);
    r = process_output(&spec, -1, VERIFIER_OUTPUT_MAX, &output, &status);
    if (r < 0)
        return r;
    verifier_print_test(status, output);
    return status;
}

int verifier_main(const struct site *site, int argc, char **argv)
{
    _cleanup_(options_clear) struct options options = {0};
    int r;

    if (argc == 2 && strcmp(argv[1], "--as-test") == 0)
        return run_code(verifier_as_test(site));
    r = options_read(site, OPTIONS_VERIFIER, argc, argv, &options);
    if (r < 0)
        return run_code(r);
    if (options.help)
        return run_code(options_print_help(site));
    r = site_need_root("verifier");
    return run_code(r < 0 ? r : verifier_run(site, &options));
}
