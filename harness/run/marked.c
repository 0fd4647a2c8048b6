// SPDX-License-Identifier: Apache-2.0
#include "run/marked.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

#define MARKED_ENVIRONMENT_MAX (4 << 20) /* of one process */
#define MARKED_COMMAND_MAX     80        /* of a command line is shown */
#define MARKED_TEXT_MAX        400       /* of all of them */
#define MARKED_ROUNDS          20

/* ---- one process ---- */

/* /proc/PID/NAME with a NUL behind it; NULL when it is gone or cannot be read. */
static char *marked_read(pid_t pid, const char *name, size_t *length)
{
    _cleanup_close_ int fd = -1;
    _cleanup_free_ char *text = NULL;
    size_t size = 0;
    char path[64];
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    *length = 0;
    do {
        if (fd < 0 || *length >= MARKED_ENVIRONMENT_MAX)
            return NULL;
        if (*length + 1 >= size) {
            char *more = realloc(text, size = size ? 2 * size : 4096);

            if (!more)
                return NULL;
            text = more;
        }
        n = read(fd, text + *length, size - *length - 1);
        if (n < 0)
            return NULL;
        *length += (size_t)n;
    } while (n > 0);
    text[*length] = '\0';
    return TAKE_PTR(text);
}

/* The parent and the group, behind the name in brackets. */
static bool marked_stat(pid_t pid, int *parent, int *group)
{
    size_t length;
    _cleanup_free_ char *stat = marked_read(pid, "stat", &length);
    const char *behind = stat ? strrchr(stat, ')') : NULL;

    return behind && sscanf(behind, ") %*c %d %d", parent, group) == 2;
}

static bool marked_in_group(pid_t pid, pid_t group)
{
    int parent, its;

    return marked_stat(pid, &parent, &its) && its == group;
}

static bool marked_has_mark(pid_t pid, const char *mark)
{
    size_t length;
    _cleanup_free_ char *environment = marked_read(pid, "environ", &length);

    for (size_t at = 0; environment && at < length; at += strlen(environment + at) + 1)
        if (strcmp(environment + at, mark) == 0)
            return true;
    return false;
}

/* The command line with blanks between its words; "" of a zombie and of what is gone. */
static char *marked_command(pid_t pid)
{
    size_t length;
    char *command = marked_read(pid, "cmdline", &length);

    if (!command)
        return strdup("");
    while (length > 0 && !command[length - 1])
        length--;
    for (size_t i = 0; i < length; i++)
        if (!command[i])
            command[i] = ' ';
    return command;
}

/* ---- all of them ---- */

static int marked_add(struct marked *marked, pid_t pid)
{
    pid_t *pids = reallocarray(marked->pids, marked->n + 1, sizeof(*pids));

    if (!pids)
        return err_r(ENOMEM, "cannot list the processes of a job");
    marked->pids = pids;
    marked->pids[marked->n++] = pid;
    return 0;
}

int marked_find(pid_t group, const char *mark, struct marked *out)
{
    _cleanup_closedir_ DIR *proc = opendir("/proc");
    const struct dirent *entry;

    *out = (struct marked){0};
    if (!proc)
        return err_r(errno, "cannot read /proc");
    while ((entry = readdir(proc))) {
        pid_t pid = isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : 0;
        int r;

        if (pid == 0 || pid == getpid())
            continue;
        if (!marked_in_group(pid, group) && !marked_has_mark(pid, mark))
            continue;
        r = marked_add(out, pid);
        if (r < 0)
            return r;
    }
    return 0;
}

void marked_clear(struct marked *marked)
{
    free(marked->pids);
    *marked = (struct marked){0};
}

/* Fields 14 to 17 of /proc/PID/stat: its own time and that of its children, in user and system. */
static int64_t marked_ran_ticks(pid_t pid)
{
    size_t length;
    _cleanup_free_ char *stat = marked_read(pid, "stat", &length);
    const char *behind = stat ? strrchr(stat, ')') : NULL;
    long long own[2], children[2];

    if (!behind ||
        sscanf(behind, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld %lld", &own[0],
               &own[1], &children[0], &children[1]) != 4)
        return 0;
    return own[0] + own[1] + children[0] + children[1];
}

int64_t marked_ran_ms(const struct marked *marked)
{
    int64_t ticks = 0;

    for (size_t i = 0; i < marked->n; i++)
        ticks += marked_ran_ticks(marked->pids[i]);
    return ticks * 1000 / sysconf(_SC_CLK_TCK);
}

int marked_kill(pid_t group, const char *mark)
{
    size_t left = 1;

    for (int round = 0; left > 0 && round < MARKED_ROUNDS; round++) {
        _cleanup_(marked_clear) struct marked marked = {0};
        int r = marked_find(group, mark, &marked);

        if (r < 0)
            return r;
        left = 0;
        for (size_t i = 0; i < marked.n; i++)
            left += kill(marked.pids[i], SIGKILL) == 0;
    }
    return 0;
}

/* ---- what they are busy with ---- */

static bool marked_is_formatter(pid_t pid)
{
    _cleanup_free_ char *command = marked_command(pid);

    return command && strstr(command, "bats-format-");
}

/* bats' own, and the `cat` of its formatter. */
static bool marked_is_bats(pid_t pid, const char *command)
{
    int parent, group;

    if (strstr(command, "bats-core/") || strstr(command, "bats-exec-") ||
        strstr(command, "/bin/bats "))
        return true;
    return strcmp(command, "cat") == 0 && marked_stat(pid, &parent, &group) &&
           marked_is_formatter(parent);
}

static void marked_describe_one(pid_t pid, FILE *out, bool *first)
{
    _cleanup_free_ char *command = marked_command(pid);

    if (!command || !*command || marked_is_bats(pid, command))
        return;
    fprintf(out, "%s%.*s (%d)", *first ? "" : ", ", MARKED_COMMAND_MAX, command, (int)pid);
    *first = false;
}

char *marked_describe(const struct marked *marked)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    bool first = true;

    if (!out)
        return NULL;
    for (size_t i = 0; i < marked->n; i++)
        marked_describe_one(marked->pids[i], out, &first);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    if (length > MARKED_TEXT_MAX)
        text[MARKED_TEXT_MAX] = '\0';
    return text;
}

bool marked_has_bats(const struct marked *marked)
{
    for (size_t i = 0; i < marked->n; i++) {
        _cleanup_free_ char *command = marked_command(marked->pids[i]);

        if (command && strstr(command, "bats-exec-"))
            return true;
    }
    return false;
}
