// SPDX-License-Identifier: Apache-2.0
#include "confine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "confine/filter.h"
#include "confine/stream.h"

/* Over its processor time, for a child that waits for what never comes. */
#define CONFINE_WAIT_S 10

struct confine_child {
    pid_t pid;
    int fd; /* its end of the pipe, or this process's */
};

static const char confine_no_child[] = "cannot make a child that reads %s without rights";

/* ---- the child ---- */

static void confine_sink(enum log_level level, const char *message, void *data)
{
    const struct confine_child *child = data;
    char text[STREAM_TEXT_MAX];
    size_t size = strlen(message) + 1 < sizeof(text) ? strlen(message) : sizeof(text) - 1;

    text[0] = (char)level;
    memcpy(text + 1, message, size);
    stream_put(child->fd, STREAM_LOG, text, size + 1);
}

/* Handlers of this process's are its parent's business: a crash is a crash. */
static void confine_forget_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void confine_child(struct confine_child *child, pid_t parent, const char *what,
                                    confine_fn fn, const void *data,
                                    const struct confine_limits *limits)
{
    struct memory_files out = {};
    int r;

    confine_forget_signals();
    r = confine_give_up(child->fd, parent, limits);
    log_set_sink(confine_sink, child);
    if (r < 0) {
        err_r(r, confine_no_child, what);
        r = r == -ENOMEM ? -EAGAIN : r; /* the machine's, not the input's */
    } else {
        r = fn(data, &out);
        if (r >= 0)
            stream_put_files(child->fd, &out);
    }
    stream_put(child->fd, STREAM_END, &r, sizeof(r));
    _exit(0);
}

/* ---- the parent ---- */

static int confine_start(const char *what, confine_fn fn, const void *data,
                         const struct confine_limits *limits, struct confine_child *out)
{
    struct confine_child child = {.fd = -1};
    pid_t parent = getpid();
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_r(errno, confine_no_child, what);
    child.fd = fds[1];
    child.pid = fork();
    if (child.pid == 0)
        confine_child(&child, parent, what, fn, data, limits);
    close(fds[1]);
    if (child.pid < 0) {
        int r = err_r(errno, confine_no_child, what);

        close(fds[0]);
        return r;
    }
    out->pid = child.pid;
    out->fd = fds[0];
    return 0;
}

/* Whoever has not ended is ended. 0, or the signal that the child died of by itself. */
static int confine_end(const struct confine_child *child, bool kill_it)
{
    int status = 0;

    close(child->fd);
    if (kill_it)
        kill(child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return !kill_it && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static int confine_say_signal(const char *what, int number, const struct confine_limits *limits)
{
    switch (number) {
    case SIGXCPU:
        return err_say(EFBIG, "%s takes more than %d s to read", what, limits->cpu_s);
    case SIGKILL:
        return err_r(ENOMEM, "the child that reads %s was killed", what);
    case SIGSYS:
        return err_say(EBADMSG, "%s: reading it asked the kernel for what no reader needs", what);
    default:
        return err_say(EBADMSG,
                       "%s: what reads it ended by a signal (%s); nothing came of it but this "
                       "message: please report it, with the file",
                       what, number ? strsignal(number) : "none");
    }
}

static int confine_say(const char *what, int code, struct stream_reader *reader,
                       const struct confine_limits *limits)
{
    struct rlimit own;

    /* Where this process is limited itself, it is not the input that wants too much. */
    if (code == -ENOMEM && getrlimit(RLIMIT_AS, &own) == 0 && own.rlim_cur != RLIM_INFINITY)
        return err_r(ENOMEM, "cannot read %s within `ulimit -v`", what);
    if (code == -ENOMEM)
        return err_say(EFBIG, "%s takes more than %lld MiB to read", what,
                       (long long)limits->memory >> 20);
    if (reader->error)
        return err_say(-code, "%s", reader->error);
    return err_r(code, "cannot read %s", what);
}

static int confine_say_broken(const char *what, int code, struct stream_reader *reader,
                              const struct confine_limits *limits)
{
    if (code == -PATIENCE_STARVED)
        return patience_say(reader->patience, what);
    if (code == -ETIME)
        return err_say(ETIME, "what reads %s did not end", what);
    if (code == -EFBIG)
        return err_say(EFBIG, "%s has more than %lld MiB in it", what,
                       (long long)limits->output >> 20);
    if (code == -EBADMSG)
        return err_say(EBADMSG, "what reads %s answered nonsense", what);
    return err_r(code, "cannot read %s", what);
}

static int confine_wait(const char *what, const struct confine_child *child,
                        struct stream_reader *reader, const struct confine_limits *limits,
                        struct memory_files *out)
{
    int result = 0, r = stream_take(reader, out, &result);
    int number = confine_end(child, r < 0 && r != -EPIPE);

    if (r == -EPIPE)
        return confine_say_signal(what, number, limits);
    if (r < 0)
        return confine_say_broken(what, r, reader, limits);
    if (result < 0)
        return confine_say(what, result, reader, limits);
    if (reader->error)
        log_at(LOG_ERROR, "%s", reader->error);
    return 0;
}

int confine(const char *what, confine_fn fn, const void *data, const struct confine_limits *limits,
            struct memory_files *out)
{
    struct memory_files files = {};
    struct confine_child child = {.fd = -1};
    struct patience patience;
    struct stream_reader reader = {.patience = &patience, .left = limits->output};
    int r = confine_start(what, fn, data, limits, &child);

    if (r < 0)
        return r;
    patience_start(&patience, (limits->cpu_s + CONFINE_WAIT_S) * 1000LL);
    reader.fd = child.fd;
    r = confine_wait(what, &child, &reader, limits, &files);
    free(reader.error);
    if (r < 0) {
        memory_files_free(&files);
        return r;
    }
    *out = files;
    return 0;
}

/* ---- one file ---- */

struct confine_file_task {
    struct memory_files files; /* the one */
    confine_file_fn fn;
    const void *data;
};

static void confine_file_release(struct confine_file_task *task)
{
    memory_files_free(&task->files);
}

static int confine_file_run(const void *data, struct memory_files *out)
{
    const struct confine_file_task *task = data;

    return task->fn(&task->files.files[0], task->data, out);
}

int confine_file(const char *kind, const char *path, int64_t max, confine_file_fn fn,
                 const void *data, const struct confine_limits *limits, struct memory_files *out)
{
    _cleanup_(confine_file_release) struct confine_file_task task = {.fn = fn, .data = data};
    _cleanup_free_ char *what = NULL;
    int r = memory_files_read(&task.files, path, max);

    if (r < 0)
        return r;
    r = text_format(&what, "%s '%s'", kind, path);
    return r < 0 ? r : confine(what, confine_file_run, &task, limits, out);
}
