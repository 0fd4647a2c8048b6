// SPDX-License-Identifier: Apache-2.0
#include "run/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "run/exit.h"
#include "run/sandbox_inside.h"

struct sandbox {
    const struct claim *claim;
    sandbox_fn fn;
    void *data;
    sigset_t before; /* the signal mask of the caller */
    int outer_pidfd;
};

/* ---- the first process of the namespace ---- */

/* The outer one may have died before the kernel was asked to tell. */
static int sandbox_die_with_outer(int outer_pidfd)
{
    struct pollfd ended = {.fd = outer_pidfd, .events = POLLIN};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return err_r(errno, "cannot tie the sandbox to its owner");
    return poll(&ended, 1, 0) == 0 ? 0 : -ESRCH;
}

/* Also what lost its parent comes here. */
static int sandbox_wait_for(pid_t inner)
{
    int status = 0;
    pid_t pid;

    do {
        pid = wait(&status);
        if (pid < 0 && errno != EINTR)
            return RUN_SHORTAGE;
    } while (pid != inner);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int sandbox_inner(const struct sandbox *sandbox)
{
    int code;

    sigprocmask(SIG_SETMASK, &sandbox->before, NULL);
    code = sandbox->fn(sandbox->data);
    fflush(stdout);
    return run_code(code);
}

static int sandbox_first(const struct sandbox *sandbox)
{
    pid_t inner;
    int r = sandbox_die_with_outer(sandbox->outer_pidfd);

    if (r < 0)
        return RUN_SHORTAGE;
    r = sandbox_prepare(sandbox->claim->run);
    if (r < 0)
        return RUN_SHORTAGE;
    inner = fork();
    if (inner < 0)
        return run_code(err_r(errno, "cannot start a process in the sandbox"));
    if (inner == 0)
        _exit(sandbox_inner(sandbox));
    return sandbox_wait_for(inner);
}

/* ---- the outer process ---- */

/* fork() into new namespaces. */
static pid_t sandbox_fork(void)
{
    return (pid_t)syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | SIGCHLD, NULL,
                          NULL, NULL, NULL);
}

/* The signal that ended the run, 0 when none did. Pid 1 is killed then, and with it the rest. */
static int sandbox_take_signal(int signals, pid_t first)
{
    struct signalfd_siginfo info;

    if (read(signals, &info, sizeof(info)) != sizeof(info))
        return 0;
    kill(first, SIGKILL);
    return (int)info.ssi_signo;
}

/* The kernel lets the first process end when the others have. */
static int sandbox_watch(int signals, pid_t first, int pidfd)
{
    struct pollfd wait[] = {{.fd = pidfd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    int interrupted = 0, status = 0, taken;

    do {
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            return err_r(errno, "cannot wait for the sandbox");
        taken = sandbox_take_signal(signals, first);
        interrupted = interrupted ? interrupted : taken;
    } while (!wait[0].revents);
    waitpid(first, &status, 0);
    if (interrupted)
        return 128 + interrupted;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int sandbox_start(struct sandbox *sandbox, int signals)
{
    _cleanup_close_ int outer = (int)syscall(SYS_pidfd_open, getpid(), 0), pidfd = -1;
    pid_t first;

    if (outer < 0)
        return err_r(errno, "cannot open a pidfd");
    sandbox->outer_pidfd = outer;
    fflush(NULL);
    first = sandbox_fork();
    if (first < 0)
        return err_r(errno, "cannot make the sandbox's namespaces");
    if (first == 0)
        _exit(sandbox_first(sandbox));
    pidfd = (int)syscall(SYS_pidfd_open, first, 0);
    if (pidfd < 0 || claim_tell_pid(sandbox->claim, first) < 0) {
        kill(first, SIGKILL);
        waitpid(first, NULL, 0);
        return pidfd < 0 ? err_r(errno, "cannot open a pidfd") : -EIO;
    }
    return sandbox_watch(signals, first, pidfd);
}

int sandbox_run(const struct claim *claim, sandbox_fn fn, void *data)
{
    struct sandbox sandbox = {.claim = claim, .fn = fn, .data = data};
    _cleanup_close_ int signals = -1;
    sigset_t ends;
    int r;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        return err_r(errno, "cannot wait for signals");
    sigprocmask(SIG_BLOCK, &ends, &sandbox.before);
    r = sandbox_start(&sandbox, signals);
    sigprocmask(SIG_SETMASK, &sandbox.before, NULL);
    return r;
}
