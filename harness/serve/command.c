// SPDX-License-Identifier: Apache-2.0
/* A command inside a pod: the one thing that a word starts a process for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"
#include "serve/words.h"

struct command {
    pid_t pid;
    int pid_fd, out_fd;
    FILE *out;
    struct patience patience;
};

/* A process group of its own, so that it can be ended with all that it started. */
static _Noreturn void command_child(struct session *s, struct call *call, int out_fd)
{
    int null = open("/dev/null", O_RDONLY);
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
        dup2(out_fd, STDERR_FILENO) < 0)
        _exit(126);
    close_range(3, ~0U, 0);
    _exit(s->verb((int)call->n, (char **)call->words));
}

static int command_start(struct session *s, struct call *call, struct command *command)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_r(errno, "cannot make a pipe");
    fflush(NULL);
    command->pid = fork();
    if (command->pid == 0)
        command_child(s, call, fds[1]);
    close(fds[1]);
    command->out_fd = fds[0];
    if (command->pid < 0)
        return err_r(errno, "cannot start a process");
    command->pid_fd = (int)syscall(SYS_pidfd_open, command->pid, 0);
    return command->pid_fd < 0 ? err_r(errno, "cannot wait for a process") : 0;
}

/* 1 while there may be more. */
static int command_read(struct command *command)
{
    char block[4096];
    ssize_t n = read(command->out_fd, block, sizeof(block));

    if (n > 0)
        fwrite(block, 1, (size_t)n, command->out);
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Until it has ended and nobody writes any more: 0, -ETIME or -PATIENCE_STARVED. */
static int command_wait(struct command *command)
{
    struct pollfd fds[] = {{command->out_fd, POLLIN, 0}, {command->pid_fd, POLLIN, 0}};

    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        int left = patience_left_ms(&command->patience);

        if (left == 0)
            return patience_outcome(&command->patience);
        if (poll(fds, ARRAY_SIZE(fds), left) < 0 && errno != EINTR)
            return err_r(errno, "cannot wait for a process");
        if (fds[0].fd >= 0 && fds[0].revents && !command_read(command))
            fds[0].fd = -1;
        if (fds[1].fd >= 0 && fds[1].revents)
            fds[1].fd = -1;
    }
    return 0;
}

static int command_code(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* -ETIME when it was killed, or the test has ended. */
static int command_run(struct session *s, struct call *call, double limit_s)
{
    struct command command = {.pid = -1, .pid_fd = -1, .out_fd = -1};
    char text[PATIENCE_TEXT_MAX];
    int status = 0, r = 0;
    size_t size;

    free(s->output);
    s->output = NULL;
    command.out = open_memstream(&s->output, &size);
    if (!command.out)
        return err_r(ENOMEM, "cannot read a command's output");
    patience_start(&command.patience, (int64_t)(limit_s * 1000));
    r = command_start(s, call, &command);
    if (r == 0)
        r = command_wait(&command);
    if (r < 0 && command.pid > 0)
        kill(-command.pid, SIGKILL);
    if (command.pid > 0)
        waitpid(command.pid, &status, 0);
    cleanup_close(&command.out_fd);
    cleanup_close(&command.pid_fd);
    fclose(command.out);
    s->status = command_code(status);
    if (r == -PATIENCE_STARVED)
        return session_fail(s, "%s", patience_text(&command.patience, "the command", text));
    return r;
}

static void command_trim(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
}

/* LIMIT POD COMMAND… */
static int command_in_pod(struct session *s, char *const *words)
{
    _cleanup_free_ char *joined = NULL;
    struct call call = {.n = 0};
    size_t size;
    FILE *out;
    int r;

    call_add(&call, "exec");
    call_add(&call, s->lab);
    call_add(&call, words[1]);
    call_add(&call, "--");
    call_add_all(&call, words + 2);
    session_step(s, "exec", words + 1);
    r = command_run(s, &call, strtod(words[0], NULL));
    if (s->output)
        command_trim(s->output);
    if (r != -ETIME)
        return r;
    out = open_memstream(&joined, &size);
    for (char *const *word = words + 2; out && *word; word++)
        fprintf(out, " %s", *word);
    if (out)
        fclose(out);
    return session_fail(s, "in %s, after %s s not done:%s", words[1], words[0], joined);
}

/* The exit code in three characters, and the output. */
static int command_say(struct session *s)
{
    free(s->text);
    s->verdict = VERDICT_STATUS;
    return text_format(&s->text, "%3d%s", s->status, s->output);
}

/* exec_in LIMIT POD COMMAND…: a pod or a node; LIMIT in seconds. */
int word_exec_in(struct session *s, char *const *words)
{
    int r = command_in_pod(s, words);

    return r < 0 ? r : command_say(s);
}

/* exec_ok LIMIT POD COMMAND…: it has to succeed. */
int word_exec_ok(struct session *s, char *const *words)
{
    int r = command_in_pod(s, words);

    if (r < 0)
        return r;
    if (s->status != 0)
        return session_fail(s, "%s in %s: exit %d: %s", words[2], words[1], s->status, s->output);
    return command_say(s);
}

/* expect_status N: the exit code of the last command. */
int word_expect_status(struct session *s, char *const *words)
{
    char actual[16];

    snprintf(actual, sizeof(actual), "%d", s->status);
    if (strcmp(actual, words[0]) == 0)
        return 0;
    return session_fail(s, "exit code, with the output '%s'\n  expected: %s\n  actual:   %s",
                        s->output ? s->output : "", words[0], actual);
}
