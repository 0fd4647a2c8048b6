// SPDX-License-Identifier: Apache-2.0
#include "vm/vm.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "run/exit.h"
#include "run/process.h"
#include "run/results_dir.h"
#include "run/say.h"
#include "run/site.h"
#include "run/suite_environment.h"
#include "vm/command_line.h"
#include "vm/copy.h"
#include "vm/machines.h"
#include "vm/outcome.h"
#include "vm/prepare.h"
#include "vm/qemu.h"

#define VM_INTERRUPTED (128 + SIGINT)

/* ---- what is needed ---- */

static bool vm_has_all(void)
{
    static const char *const programs[] = {"mke2fs", "xz", "zstd", "tar"};
    const char *qemu = getenv("WAYPOST_QEMU");

    for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
        if (!copy_find_program(programs[i]))
            return false;
    return (qemu && *qemu) || copy_find_program("qemu-system-x86_64");
}

/* run.sh installs it, or says how. */
static int vm_need_all(void)
{
    const char *const argv[] = {"./run.sh", "setup", "vm", NULL};
    const struct process_spec spec = {.argv = argv, .in = PROCESS_NULL};
    int status = 0, r;

    if (vm_has_all())
        return 0;
    r = process_run(&spec, -1, &status);
    return r < 0 ? r : status;
}

/* Some of it lies where a user's $PATH does not go. */
static int vm_set_path(void)
{
    const char *path = getenv("PATH");
    _cleanup_free_ char *more = NULL;
    int r = suite_clean_path();

    if (r < 0)
        return r;
    path = getenv("PATH");
    r = text_format(&more, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
    if (r < 0)
        return r;
    return setenv("PATH", more, 1) < 0 ? err_r(errno, "cannot set $PATH") : 0;
}

/* $WAYPOST_CACHE, or where a user keeps such things. */
static int vm_find_cache(char **out)
{
    const char *cache = getenv("WAYPOST_CACHE"), *user = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");

    if (cache && *cache)
        return text_format(out, "%s", cache);
    if (user && *user)
        return text_format(out, "%s/waypost", user);
    return text_format(out, "%s/.cache/waypost", home && *home ? home : "/root");
}

/* From now on a person who ends the run is heard where it waits. */
static int vm_watch_signals(void)
{
    sigset_t signals;
    int fd;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? err_r(errno, "cannot wait for signals") : fd;
}

/* ---- --dry-run ---- */

static void vm_print_line(const struct strings *words)
{
    for (size_t i = 0; i < words->n; i++)
        printf("%s'%s'", i > 0 ? " " : "", words->items[i]);
    printf("\n");
}

static int vm_dry_run(const struct vm_context *context, const struct command_line *line,
                      const struct prepared_all *kernels)
{
    for (size_t i = 0; i < kernels->n; i++) {
        /* Descriptors as a machine has them that is the first one. */
        const struct qemu_machine machine = {
            .kernel = &kernels->items[i],
            .accelerator = line->accelerator ? line->accelerator : qemu_accelerator(context),
            .append = line->append,
            .output_fd = STDOUT_FILENO,
            .live_fd = STDOUT_FILENO};
        _cleanup_strings_ struct strings words = {0};
        int r = kernels->items[i].image ? qemu_line(context, &machine, &words) : 0;

        if (r < 0)
            return r;
        if (words.n > 0)
            vm_print_line(&words);
    }
    return 0;
}

/* ---- a run ---- */

/* "ROOT/results/vm-20260101-120000-4711", made. */
static int vm_make_dir(const struct site *site, char **out)
{
    _cleanup_free_ char *name = NULL, *dir = NULL;
    time_t now = time(NULL);
    struct tm local;
    char when[32];
    int r;

    localtime_r(&now, &local);
    strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &local);
    r = text_format(&name, "vm-%s-%d", when, (int)getpid());
    if (r < 0)
        return r;
    r = results_dir_make(name, &dir);
    return r < 0 ? r : text_format(out, "%s/%s", site->root, dir);
}

/* Returns the exit code, or -errno; *keep: somebody may want to look at what is left. */
static int vm_run_in(const struct vm_context *context, const struct command_line *line,
                     struct prepared_all *kernels, const char *dir, bool *keep)
{
    int r = prepare_all(context, line, dir, kernels);

    if (r < 0)
        return r;
    if (line->dry_run)
        return vm_dry_run(context, line, kernels);
    *keep = true;
    r = machines_run(context, line, kernels);
    if (r < 0)
        return r;
    r = outcome_report(context, line, kernels);
    *keep = r != 0 || line->options.keep;
    return r;
}

/* The results stay when something failed; the images never. */
static void vm_close(const struct site *site, const struct prepared_all *kernels, const char *dir,
                     bool keep)
{
    prepared_remove_images(kernels);
    fflush(stdout);
    if (keep)
        fprintf(stderr, "the consoles and the results are in %s\n", dir + strlen(site->root) + 1);
    results_dir_close(site, dir, keep);
}

static int vm_run(const struct vm_context *context, const struct command_line *line)
{
    struct prepared_all kernels = {0};
    _cleanup_free_ char *dir = NULL;
    bool keep = false;
    int r;

    if (line->fetch)
        return prepare_fetch(context, line);
    r = vm_make_dir(context->site, &dir);
    if (r < 0)
        return r;
    r = vm_run_in(context, line, &kernels, dir, &keep);
    vm_close(context->site, &kernels, dir, keep);
    prepared_clear(&kernels);
    return r;
}

static int vm_start(const struct site *site, const struct command_line *line)
{
    _cleanup_free_ char *cache = NULL;
    _cleanup_close_ int interrupt_fd = -1;
    struct vm_status status;
    struct vm_context context = {.site = site, .status = &status};
    int r = vm_set_path();

    if (r < 0)
        return r;
    r = vm_need_all();
    if (r != 0)
        return r;
    r = vm_find_cache(&cache);
    if (r < 0)
        return r;
    interrupt_fd = vm_watch_signals();
    if (interrupt_fd < 0)
        return interrupt_fd;
    vm_status_init(&status);
    context.cache = cache;
    context.interrupt_fd = interrupt_fd;
    r = vm_run(&context, line);
    if (r != -ECANCELED)
        return r;
    fprintf(stderr, "run.sh: interrupted\n");
    return VM_INTERRUPTED;
}

int vm_main(int argc, char **argv)
{
    _cleanup_(command_line_clear) struct command_line line = {0};
    _cleanup_(site_clear) struct site site = {0};
    int r;

    /* What a person has typed is run.sh's; later it is waypost that cannot go on. */
    say_as_door();
    r = site_read(&site);
    if (r < 0)
        return run_code(r);
    r = command_line_read(&site, argc, argv, &line);
    if (r < 0)
        return run_code(r);
    log_set_sink(NULL, NULL);
    if (line.help) {
        command_line_print_help();
        return RUN_PASSED;
    }
    return run_code(vm_start(&site, &line));
}
