// SPDX-License-Identifier: Apache-2.0
#include "run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"

#define PROCESS_READ 4096

/* ---- in the child, between fork and exec ---- */

static void process_reset_signals(void)
{
    sigset_t none;

    for (int signal_number = 1; signal_number < NSIG; signal_number++)
        signal(signal_number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int process_set_group(enum process_group group)
{
    if (group == PROCESS_OWN_SESSION)
        return setsid() < 0 ? -errno : 0;
    if (group == PROCESS_OWN_GROUP)
        return setpgid(0, 0) < 0 ? -errno : 0;
    return 0;
}

/* The parent may have died before the kernel was asked to tell. */
static int process_set_death_signal(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -errno;
    return getppid() == parent ? 0 : -ESRCH;
}

static int process_become(uid_t uid, gid_t gid)
{
    const struct passwd *user = getpwuid(uid);
    int r = user ? initgroups(user->pw_name, gid) : setgroups(0, NULL);

    if (r < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
        return -errno;
    if (user)
        setenv("HOME", user->pw_dir, 1);
    return 0;
}

/* A copy above the three streams, so that setting one does not lose another. */
static int process_stream(int fd)
{
    int source = fd == PROCESS_NULL ? open("/dev/null", O_RDWR | O_CLOEXEC) : fd;

    return source < 0 ? -1 : fcntl(source, F_DUPFD_CLOEXEC, 3);
}

static int process_set_streams(const struct process_spec *spec)
{
    const int wanted[] = {spec->in, spec->out, spec->err};
    int copies[3] = {0};

    for (int i = 0; i < 3; i++) {
        if (wanted[i] == PROCESS_LIKE_OUT)
            continue;
        copies[i] = wanted[i] ? process_stream(wanted[i]) : 0;
        if (copies[i] < 0)
            return -errno;
    }
    for (int i = 0; i < 3; i++)
        if (wanted[i] && dup2(wanted[i] == PROCESS_LIKE_OUT ? 1 : copies[i], i) < 0)
            return -errno;
    return 0;
}

static void process_set_environment(const char *const *environment)
{
    for (; environment && *environment; environment++) {
        const char *equals = strchr(*environment, '=');

        if (equals)
            putenv((char *)*environment); /* ours until exec */
        else
            unsetenv(*environment);
    }
}

static int process_prepare(const struct process_spec *spec, pid_t parent)
{
    int r;

    process_reset_signals();
    r = process_set_group(spec->group);
    if (r < 0)
        return r;
    r = process_set_streams(spec);
    if (r < 0)
        return r;
    if (spec->directory && chdir(spec->directory) < 0)
        return -errno;
    if (spec->uid) {
        r = process_become(spec->uid, spec->gid);
        if (r < 0)
            return r;
    }
    process_set_environment(spec->environment);
    /* After the change of user, which clears it. */
    return spec->dies_with_caller ? process_set_death_signal(parent) : 0;
}

/* What goes wrong is written to `report`, which closes when all went well. */
static void process_child(const struct process_spec *spec, pid_t parent, int report)
    __attribute__((noreturn));

static void process_child(const struct process_spec *spec, pid_t parent, int report)
{
    int r = process_prepare(spec, parent);

    if (r == 0) {
        execvp(spec->argv[0], (char *const *)spec->argv);
        r = -errno;
    }
    if (write(report, &r, sizeof(r)) < 0)
        _exit(126);
    _exit(127);
}

/* ---- in the caller ---- */

/* What the child could not do, or 0. */
static int process_report(int fd)
{
    ssize_t n;
    int r = 0;

    do
        n = read(fd, &r, sizeof(r));
    while (n < 0 && errno == EINTR);
    return n == sizeof(r) ? r : 0;
}

static int process_open_pidfd(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    return fd < 0 ? -errno : fd;
}

static int process_fork(const struct process_spec *spec, pid_t *pid)
{
    _cleanup_close_ int read_end = -1, write_end = -1;
    pid_t parent = getpid();
    int ends[2], r;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    read_end = ends[0];
    write_end = ends[1];
    *pid = fork();
    if (*pid < 0)
        return -errno;
    if (*pid == 0)
        process_child(spec, parent, write_end);
    close(TAKE_FD(write_end));
    r = process_report(read_end);
    if (r < 0)
        waitpid(*pid, NULL, 0);
    return r;
}

int process_start(const struct process_spec *spec, struct process *out)
{
    struct process process = {.pidfd = -1, .group = spec->group};
    int r = process_fork(spec, &process.pid);

    if (r < 0)
        return err_r(r, "cannot run '%s'", spec->argv[0]);
    process.pidfd = process_open_pidfd(process.pid);
    if (process.pidfd < 0) {
        r = process.pidfd;
        kill(process.pid, SIGKILL);
        waitpid(process.pid, NULL, 0);
        return err_r(r, "cannot watch '%s'", spec->argv[0]);
    }
    *out = process;
    return 0;
}

static int64_t process_deadline(int64_t timeout_ms)
{
    return timeout_ms < 0 ? DEADLINE_NEVER : deadline_in(timeout_ms);
}

static int process_wait_until(struct process *process, int64_t deadline, int *status)
{
    int r = deadline_wait(process->pidfd, POLLIN, -1, deadline), code = 0;

    if (r < 0)
        return r;
    if (waitpid(process->pid, &code, 0) < 0)
        return err_r(errno, "cannot wait for a process");
    close(TAKE_FD(process->pidfd));
    *status = WIFSIGNALED(code) ? 128 + WTERMSIG(code) : WEXITSTATUS(code);
    return 0;
}

int process_wait(struct process *process, int64_t timeout_ms, int *status)
{
    return process_wait_until(process, process_deadline(timeout_ms), status);
}

void process_kill(struct process *process)
{
    if (process->pidfd < 0)
        return;
    kill(process->group == PROCESS_SAME_GROUP ? process->pid : -process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    close(TAKE_FD(process->pidfd));
}

int process_run(const struct process_spec *spec, int64_t timeout_ms, int *status)
{
    struct process process;
    int r = process_start(spec, &process);

    if (r < 0)
        return r;
    r = process_wait(&process, timeout_ms, status);
    if (r == -ETIME)
        err_say(ETIME, "'%s' did not end within %lld ms", spec->argv[0], (long long)timeout_ms);
    if (r < 0)
        process_kill(&process);
    return r;
}

/* ---- its output ---- */

static int process_read_all(int fd, int64_t deadline, size_t max, char **out)
{
    _cleanup_free_ char *text = calloc(1, 1);
    size_t length = 0;
    ssize_t n;

    do {
        char *more = text ? realloc(text, length + PROCESS_READ + 1) : NULL;
        int r;

        if (!more)
            return -ENOMEM;
        text = more;
        r = deadline_wait(fd, POLLIN, -1, deadline);
        if (r < 0)
            return r;
        n = read(fd, text + length, PROCESS_READ);
        if (n < 0)
            return -errno;
        length += (size_t)n;
        if (length > max)
            return -E2BIG;
    } while (n > 0);
    text[length] = '\0';
    *out = TAKE_PTR(text);
    return 0;
}

int process_output(const struct process_spec *spec, int64_t timeout_ms, size_t max, char **output,
                   int *status)
{
    _cleanup_close_ int read_end = -1, write_end = -1;
    _cleanup_free_ char *text = NULL;
    struct process_spec piped = *spec;
    struct process process;
    int64_t deadline = process_deadline(timeout_ms);
    int ends[2], r;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_r(errno, "cannot make a pipe");
    read_end = ends[0];
    piped.out = write_end = ends[1];
    r = process_start(&piped, &process);
    if (r < 0)
        return r;
    close(TAKE_FD(write_end));
    r = process_read_all(read_end, deadline, max, &text);
    if (r == 0)
        r = process_wait_until(&process, deadline, status);
    if (r < 0) {
        process_kill(&process);
        return err_r(r, "cannot read what '%s' says", spec->argv[0]);
    }
    *output = TAKE_PTR(text);
    return 0;
}
