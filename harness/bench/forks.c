// SPDX-License-Identifier: Apache-2.0
#include "bench/forks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"

#define FORKS_PIDS_MAX   (1 << 22) /* PID_MAX_LIMIT */
#define FORKS_TESTS_MAX  (1 << 15)
#define FORKS_ROOM_BYTES (32 << 20)

/* A process of the run has in `file` the pid of the bats-exec-file that it belongs to, or the run's
 * own where it belongs to none; a bats-exec-file has in `test` the test (from 1) that is under way.
 */
struct forks {
    int fd;
    int *file;
    int *test;
    unsigned int *n, *threads; /* by test */
    size_t n_tests, lost;
};

static void forks_close(struct forks *f)
{
    cleanup_close(&f->fd);
    free(f->file);
    free(f->test);
    free(f->n);
    free(f->threads);
    free(f);
}

void forks_free(struct forks **forks)
{
    if (*forks)
        forks_close(*forks);
    *forks = NULL;
}

/* Asks for the events of all processes. */
static int forks_listen(int fd)
{
    const enum proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
    const struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(operation)};
    char request[NLMSG_LENGTH(sizeof(message) + sizeof(operation))]
        __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
    const struct nlmsghdr header = {.nlmsg_len = sizeof(request), .nlmsg_type = NLMSG_DONE};
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    const int room = FORKS_ROOM_BYTES;

    memcpy(request, &header, sizeof(header));
    memcpy(request + NLMSG_HDRLEN, &message, sizeof(message));
    memcpy(request + NLMSG_HDRLEN + sizeof(message), &operation, sizeof(operation));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        send(fd, request, sizeof(request), 0) < 0)
        return -ENOTSUP;
    return 0;
}

int forks_new(struct forks **out)
{
    struct forks *f = calloc(1, sizeof(*f));

    if (!f)
        return -ENOMEM;
    f->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    f->file = calloc(FORKS_PIDS_MAX, sizeof(*f->file));
    f->test = calloc(FORKS_PIDS_MAX, sizeof(*f->test));
    f->n = calloc(FORKS_TESTS_MAX, sizeof(*f->n));
    f->threads = calloc(FORKS_TESTS_MAX, sizeof(*f->threads));
    if (f->fd < 0 || !f->file || !f->test || !f->n || !f->threads || forks_listen(f->fd) < 0) {
        forks_close(f);
        return -ENOTSUP;
    }
    *out = f;
    return 0;
}

int forks_fd(const struct forks *forks)
{
    return forks->fd;
}

/* -- Events --------------------------------------------------------------------------------------
 */

/* Whether the process runs that script of bats: `bash …/NAME …`. */
static bool forks_is_script(int pid, const char *name)
{
    char path[64], line[512];
    _cleanup_close_ int fd = -1;
    const char *script, *tail;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
    if (n <= 0)
        return false;
    line[n] = '\0';
    script = line + strlen(line) + 1;
    tail = script < line + n ? strrchr(script, '/') : NULL;
    return tail && strcmp(tail + 1, name) == 0;
}

static void forks_on_exec(struct forks *f, int pid)
{
    if (!f->file[pid])
        return;
    if (forks_is_script(pid, "bats-exec-file")) {
        f->file[pid] = pid;
        f->test[pid] = 0;
    } else if (f->test[f->file[pid]] == 0 && f->n_tests + 1 < FORKS_TESTS_MAX &&
               forks_is_script(pid, "bats-exec-test")) {
        f->test[f->file[pid]] = (int)++f->n_tests;
        f->test[pid] = (int)f->n_tests; /* to know its end by */
        f->n[f->n_tests] = 1;
    }
}

static void forks_on_fork(struct forks *f, int parent, int child, int child_group)
{
    int file = f->file[parent], test = file ? f->test[file] : 0;

    if (child != child_group) {
        f->threads[test]++;
        return;
    }
    f->file[child] = file;
    f->test[child] = 0;
    f->n[test]++;
}

static void forks_on_exit(struct forks *f, int pid)
{
    int file = f->file[pid];

    if (file && file != pid && f->test[pid] && f->test[file] == f->test[pid])
        f->test[file] = 0;
    f->file[pid] = 0;
}

static bool forks_is_pid(int pid)
{
    return pid > 0 && pid < FORKS_PIDS_MAX;
}

static void forks_take(struct forks *f, const struct proc_event *event)
{
    const struct fork_proc_event *fork = &event->event_data.fork;

    if (event->what == PROC_EVENT_FORK && forks_is_pid(fork->parent_tgid) &&
        forks_is_pid(fork->child_pid))
        forks_on_fork(f, fork->parent_tgid, fork->child_pid, fork->child_tgid);
    else if (event->what == PROC_EVENT_EXEC && forks_is_pid(event->event_data.exec.process_tgid))
        forks_on_exec(f, event->event_data.exec.process_tgid);
    else if (event->what == PROC_EVENT_EXIT && forks_is_pid(event->event_data.exit.process_pid) &&
             event->event_data.exit.process_pid == event->event_data.exit.process_tgid)
        forks_on_exit(f, event->event_data.exit.process_pid);
}

void forks_read(struct forks *f)
{
    char bytes[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
    const struct nlmsghdr *header = (const struct nlmsghdr *)bytes;
    const struct cn_msg *message = NLMSG_DATA(header);
    ssize_t n;

    while ((n = recv(f->fd, bytes, sizeof(bytes), 0)) != 0) {
        struct proc_event event;

        if (n < 0 && errno == ENOBUFS)
            f->lost++;
        else if (n < 0 && errno != EINTR)
            return;
        if (n < (ssize_t)(NLMSG_HDRLEN + sizeof(*message) + sizeof(event)))
            continue;
        memcpy(&event, message->data, sizeof(event));
        forks_take(f, &event);
    }
}

void forks_follow(struct forks *forks, pid_t run)
{
    forks_read(forks); /* its own start among them, by one that does not belong to the run */
    forks->file[run] = run;
    forks->test[run] = 0;
}

/* -- Counts --------------------------------------------------------------------------------------
 */

static int forks_compare(const void *a, const void *b)
{
    const unsigned int one = *(const unsigned int *)a, two = *(const unsigned int *)b;

    return (one > two) - (one < two);
}

struct forks_counts forks_counts(struct forks *f)
{
    struct forks_counts counts = {.tests = f->n_tests, .lost = f->lost};

    if (f->n_tests == 0)
        return counts;
    qsort(f->n + 1, f->n_tests, sizeof(*f->n), forks_compare);
    qsort(f->threads + 1, f->n_tests, sizeof(*f->threads), forks_compare);
    counts.median = f->n[1 + f->n_tests / 2];
    counts.p90 = f->n[1 + f->n_tests * 9 / 10];
    counts.median_threads = f->threads[1 + f->n_tests / 2];
    return counts;
}
