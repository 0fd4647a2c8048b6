// SPDX-License-Identifier: Apache-2.0
#include "agent/flow_connect_call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/patience.h"

struct flow_connect_job {
    int fd;
    struct sockaddr_storage to;
    socklen_t length;
    int result;
};

static void *flow_connect_run(void *data)
{
    struct flow_connect_job *job = data;

    job->result = connect(job->fd, (struct sockaddr *)&job->to, job->length) < 0 ? -errno : 0;
    return NULL;
}

static int flow_connect_by_thread(struct flow *flow, struct flow_connect_job *job)
{
    pthread_t thread;
    int r = pthread_create(&thread, NULL, flow_connect_run, job);

    if (r)
        return flow_lack(flow, -r);
    pthread_join(thread, NULL);
    return job->result;
}

/* A child of a process with threads: nothing but system calls. It must not hold copies of others'
 * sockets for long, whose close would have no effect meanwhile. */
static _Noreturn void flow_connect_child(struct flow_connect_job *job, int result_fd)
{
    unsigned int low = (unsigned int)(job->fd < result_fd ? job->fd : result_fd);
    unsigned int high = (unsigned int)(job->fd < result_fd ? result_fd : job->fd);

    if (low > 3)
        close_range(3, low - 1, 0);
    if (high - low > 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0U, 0);
    flow_connect_run(job);
    if (write(result_fd, &job->result, sizeof(job->result)) < 0)
        _exit(1);
    _exit(0);
}

static int flow_connect_by_child(struct flow *flow, struct flow_connect_job *job)
{
    _cleanup_close_ int reader = -1;
    int fds[2], r;
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return -errno;
    reader = fds[0];
    pid = fork();
    if (pid == 0)
        flow_connect_child(job, fds[1]);
    r = pid < 0 ? -errno : 0;
    close(fds[1]);
    if (r < 0)
        return r;
    r = patience_wait(reader, POLLIN, flow->wake_fd, &flow->patience);
    if (r < 0)
        kill(pid, SIGKILL);
    else
        r = read(reader, &job->result, sizeof(job->result)) == (ssize_t)sizeof(job->result)
                ? job->result
                : -ECHILD;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return r;
}

int flow_connect_wait(struct flow *flow)
{
    int error = 0;
    socklen_t length = sizeof(error);
    int r = patience_wait(flow->socket->fd, POLLOUT, flow->wake_fd, &flow->patience);

    if (r < 0)
        return r;
    if (getsockopt(flow->socket->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -errno;
    return -error;
}

int flow_connect_call(struct flow *flow, bool nonblocking)
{
    struct flow_connect_job job = {.fd = flow->socket->fd};
    int r = nonblocking ? 0 : patience_for_socket(job.fd, PATIENCE_CALL_MS);

    if (r < 0)
        return r;
    job.length = address_port_to_sockaddr(&flow->request.to, &job.to);
    if (flow->request.by == FLOW_BY_THREAD)
        r = flow_connect_by_thread(flow, &job);
    else if (flow->request.by == FLOW_BY_CHILD)
        r = flow_connect_by_child(flow, &job);
    else
        r = flow_connect_run(&job) ? 0 : job.result;
    /* A blocking connect says so when its time is up. */
    return nonblocking || (r != -EINPROGRESS && r != -EINTR) ? r : flow_connect_wait(flow);
}
