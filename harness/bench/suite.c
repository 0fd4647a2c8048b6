// SPDX-License-Identifier: Apache-2.0
/*
 * `make bench-suite [PATTERN=…]`: what the tests of the suites cost, against as many empty ones
 * (`true`, nothing loaded, no set-up) with the same names and tags in files of the same names: the
 * runner makes the same bats processes of both, as many side by side. Time is user and system of
 * all processes of a run, which its first process has waited for. Exit 1 when a bound is missed.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/forks.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/terminal.h"

#define SUITE_RATIO_MAX 1.5
#define SUITE_FORKS_MAX 10
#define SUITE_STARTS    200
#define SUITE_CANNOT    3

struct suite_run {
    const char *name;
    double wall_s, cpu_s;
    struct forks_counts forks;
};

/* -- Empty suites --------------------------------------------------------------------------------
 */

/* Tags choose the tests of a family; a test begins with its line. */
static void suite_write_line(FILE *out, const char *line)
{
    if (strncmp(line, "# bats ", 7) == 0)
        fprintf(out, "%s\n", line);
    else if (strncmp(line, "@test ", 6) == 0)
        fprintf(out, "%s\n    true\n}\n\n", line);
}

static int suite_empty(const char *from, const char *dir)
{
    const char *name = strrchr(from, '/') ? strrchr(from, '/') + 1 : from;
    _cleanup_fclose_ FILE *in = NULL, *out = NULL;
    char path[512], line[1024];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    in = fopen(from, "re");
    out = fopen(path, "we");
    if (!in || !out)
        return err_r(errno, "cannot copy '%s' to '%s'", from, path);
    fprintf(out, "#!/usr/bin/env bats\n");
    while (fgets(line, sizeof(line), in)) {
        line[strcspn(line, "\n")] = '\0';
        suite_write_line(out, line);
    }
    return 0;
}

static int suite_empty_all(const char *dir)
{
    glob_t files = {0};
    int r = glob("suites/[0-9]*.bats", 0, NULL, &files) ? -ENOENT : 0;

    for (size_t i = 0; r == 0 && i < files.gl_pathc; i++)
        r = suite_empty(files.gl_pathv[i], dir);
    globfree(&files);
    return r;
}

static void suite_remove(const char *dir)
{
    char pattern[512];
    glob_t files = {0};

    snprintf(pattern, sizeof(pattern), "%s/*", dir);
    if (glob(pattern, 0, NULL, &files) == 0) {
        for (size_t i = 0; i < files.gl_pathc; i++)
            unlink(files.gl_pathv[i]);
    }
    globfree(&files);
    rmdir(dir);
}

/* -- Runs ----------------------------------------------------------------------------------------
 */

static double suite_now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double suite_cpu_s(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

/* Takes the process events until it ends. */
static int suite_wait(pid_t pid, struct forks *forks, struct rusage *usage)
{
    _cleanup_close_ int pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd fds[] = {{pid_fd, POLLIN, 0}, {forks ? forks_fd(forks) : -1, POLLIN, 0}};
    int status;

    while (!fds[0].revents && poll(fds, ARRAY_SIZE(fds), -1) >= 0) {
        if (fds[1].revents)
            forks_read(forks);
    }
    return wait4(pid, &status, 0, usage) < 0 ? -errno : status;
}

static int suite_run(char **argv, struct suite_run *run)
{
    _cleanup_(forks_free) struct forks *forks = NULL;
    double start = suite_now_s();
    struct rusage usage;
    pid_t pid;
    int r;

    (void)forks_new(&forks);
    r = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);
    if (r != 0)
        return err_r(r, "cannot run '%s'", argv[0]);
    if (forks)
        forks_follow(forks, pid);
    r = suite_wait(pid, forks, &usage);
    if (r < 0)
        return err_r(r, "cannot wait for the run");
    if (r > 0)
        log_warning("%s: not all tests passed", run->name);
    run->wall_s = suite_now_s() - start;
    run->cpu_s = suite_cpu_s(&usage);
    if (forks)
        run->forks = forks_counts(forks);
    return 0;
}

static int suite_run_both(int argc, char **argv, const char *dir, struct suite_run *full,
                          struct suite_run *empty)
{
    char *command[64] = {"./run.sh", "suite"};
    int r;

    for (int i = 1; i < argc && i + 2 < 64; i++)
        command[i + 1] = argv[i];
    unsetenv("WAYPOST_SUITES");
    r = suite_run(command, full);
    if (r < 0)
        return r;
    setenv("WAYPOST_SUITES", dir, 1);
    r = suite_run(command, empty);
    unsetenv("WAYPOST_SUITES");
    return r;
}

/* -- The program's own start ---------------------------------------------------------------------
 */

static double suite_start_ms(char **argv)
{
    double best = 1e9;

    for (int i = 0; i < SUITE_STARTS; i++) {
        double start = suite_now_s(), took;
        posix_spawn_file_actions_t quiet;
        pid_t pid;

        posix_spawn_file_actions_init(&quiet);
        posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        if (posix_spawn(&pid, argv[0], &quiet, NULL, argv, environ) == 0)
            waitpid(pid, NULL, 0);
        posix_spawn_file_actions_destroy(&quiet);
        took = (suite_now_s() - start) * 1e3;
        best = took < best ? took : best;
    }
    return best;
}

/* -- The table -----------------------------------------------------------------------------------
 */

static void suite_print_run(const struct suite_run *run)
{
    const struct forks_counts *forks = &run->forks;

    printf("%-8s %6zu %8.1f s %8.1f s", run->name, forks->tests, run->wall_s, run->cpu_s);
    if (forks->tests)
        printf(" %8.1f ms %6u %6u %8u%s\n", run->cpu_s * 1e3 / (double)forks->tests, forks->median,
               forks->p90, forks->median_threads, forks->lost ? "  (events were lost)" : "");
    else
        printf("        -      -      -        -\n");
}

static bool suite_print(const struct suite_run *full, const struct suite_run *empty)
{
    double ratio = full->cpu_s / empty->cpu_s;
    double help = suite_start_ms((char *[]){"build/waypost", "--help", NULL});
    double none = suite_start_ms((char *[]){"/bin/true", NULL});

    printf("\n%-8s %6s %10s %10s %11s %6s %6s %8s\n", "", "tests", "wall", "user+sys", "a test",
           "forks", "p90", "threads");
    suite_print_run(full);
    suite_print_run(empty);
    printf("\nuser+sys of the suites: %.2f times that of empty tests (at most %.1f)\n", ratio,
           SUITE_RATIO_MAX);
    printf("waypost --help: %.2f ms, /bin/true: %.2f ms, of %d starts each the fastest\n", help,
           none, SUITE_STARTS);
    return ratio <= SUITE_RATIO_MAX && full->forks.median <= SUITE_FORKS_MAX && help <= 2 * none;
}

int main(int argc, char **argv)
{
    struct suite_run full = {.name = "suites"}, empty = {.name = "empty"};
    char dir[] = "/tmp/bench-suite.XXXXXX";
    int r;

    if (terminal_start() < 0)
        return SUITE_CANNOT;
    if (geteuid() != 0) {
        err_say(EPERM, "bench-suite needs root, as the suites do");
        return SUITE_CANNOT;
    }
    if (!mkdtemp(dir)) {
        err_r(errno, "cannot make a directory");
        return SUITE_CANNOT;
    }
    r = suite_empty_all(dir);
    if (r == 0)
        r = suite_run_both(argc, argv, dir, &full, &empty);
    suite_remove(dir);
    if (r < 0)
        return SUITE_CANNOT;
    return suite_print(&full, &empty) ? 0 : 1;
}
