// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/deadline.h"
#include "agent/flow.h"
#include "common/cleanup.h"
#include "common/log.h"

int flow_set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return -errno;
    flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}

static int flow_set_option(const struct flow *flow, int level, int option, int value)
{
    return setsockopt(flow->kept->fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* The fd appears under the lock: whoever breaks flows off reads it. */
static int flow_adopt_socket(struct flow *flow, int fd)
{
    int r = 0;

    pthread_mutex_lock(&flow->flows->mutex);
    if (atomic_load(&flow->cancelled))
        r = -ECANCELED;
    else
        flow->kept->fd = fd;
    pthread_mutex_unlock(&flow->flows->mutex);
    return r;
}

static int flow_make_socket(struct flow *flow)
{
    const struct flow_request *request = &flow->request;
    int af = request->family == FAMILY_V4 ? AF_INET : AF_INET6;
    int type = request->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
    _cleanup_close_ int fd = socket(af, type | SOCK_CLOEXEC, request->protocol);
    int r;

    if (fd < 0)
        return -errno;
    r = flow_adopt_socket(flow, fd);
    if (r < 0)
        return r;
    TAKE_FD(fd);
    flow->kept->family = request->family;
    flow->kept->protocol = request->protocol;
    if (af == AF_INET6)
        r = flow_set_option(flow, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    /* A port that was asked for may still be in TIME_WAIT. */
    return r < 0 ? r : flow_set_option(flow, SOL_SOCKET, SO_REUSEADDR, 1);
}

static int flow_set_options(struct flow *flow)
{
    const struct flow_request *request = &flow->request;
    int r = flow_set_nonblocking(flow->kept->fd, request->nonblocking);

    if (r < 0 || flow->kept->protocol != IPPROTO_TCP)
        return r;
    if (request->way->chunk == 1)
        r = flow_set_option(flow, IPPROTO_TCP, TCP_NODELAY, 1);
    if (r == 0 && request->user_timeout_ms)
        r = flow_set_option(flow, IPPROTO_TCP, TCP_USER_TIMEOUT, request->user_timeout_ms);
    return r;
}

static int flow_disconnect(struct flow *flow)
{
    const struct sockaddr unspecified = {.sa_family = AF_UNSPEC};

    if (connect(flow->kept->fd, &unspecified, sizeof(unspecified)) < 0)
        return -errno;
    flow->kept->unconnected = false;
    return 0;
}

/* Where the payload is needed before a connect has chosen the port, a bind chooses it. */
static bool flow_needs_port(const struct flow *flow)
{
    const struct flow_request *request = &flow->request;
    bool unconnected =
        request->protocol == IPPROTO_UDP && strcmp(request->way->name, "sendto") == 0;

    return request->has_to && (request->early == EARLY_FASTOPEN || unconnected);
}

static int flow_bind(struct flow *flow)
{
    struct address_port from = flow->request.from;
    struct sockaddr_storage sa;
    socklen_t length;

    flow_note_names(flow);
    if (!flow->request.has_from) {
        if (!flow_needs_port(flow) || flow->local.address.af != AF_UNSPEC)
            return 0;
        from.address.af = flow->request.to.address.af;
    }
    length = address_port_to_sockaddr(&from, &sa);
    return bind(flow->kept->fd, (struct sockaddr *)&sa, length) < 0 ? -errno : 0;
}

int flow_open(struct flow *flow)
{
    socklen_t length = sizeof(flow->cookie);
    int r = 0;

    if (flow->kept->fd < 0)
        r = flow_make_socket(flow);
    if (r == 0 && getsockopt(flow->kept->fd, SOL_SOCKET, SO_COOKIE, &flow->cookie, &length) < 0)
        r = -errno;
    if (r == 0)
        r = flow_set_options(flow);
    if (r == 0 && flow->request.disconnect)
        r = flow_disconnect(flow);
    if (r == 0)
        r = flow_bind(flow);
    return flow_fail(flow, "socket", r);
}

static void flow_name(int fd, int (*name)(int, struct sockaddr *, socklen_t *),
                      struct address_port *out)
{
    struct sockaddr_storage sa;
    socklen_t length = sizeof(sa);
    struct address_port ap;

    if (name(fd, (struct sockaddr *)&sa, &length) == 0 &&
        address_port_from_sockaddr((struct sockaddr *)&sa, length, &ap) == 0 && ap.port)
        *out = ap;
}

void flow_note_names(struct flow *flow)
{
    flow->local = flow->peer = (struct address_port){};
    flow_name(flow->kept->fd, getsockname, &flow->local);
    flow_name(flow->kept->fd, getpeername, &flow->peer);
}

int flow_begin_connection(struct flow *flow)
{
    flow_note_names(flow);
    return kept_begin_connection(flow->kept, flow->local.port, flow->kept->connect_ns);
}

/* -- The connect call ------------------------------------------------------------------------ */

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

static int flow_connect_by_thread(struct flow_connect_job *job)
{
    pthread_t thread;
    int r = pthread_create(&thread, NULL, flow_connect_run, job);

    if (r)
        return -r;
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
    r = deadline_wait(reader, POLLIN, flow->wake_fd, flow->deadline);
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

int flow_connect_call(struct flow *flow, bool nonblocking)
{
    struct flow_connect_job job = {.fd = flow->kept->fd};
    int r = nonblocking ? 0 : deadline_for_socket(job.fd, flow->deadline);

    if (r < 0)
        return r;
    job.length = address_port_to_sockaddr(&flow->request.to, &job.to);
    if (flow->request.by == FLOW_BY_THREAD)
        r = flow_connect_by_thread(&job);
    else if (flow->request.by == FLOW_BY_CHILD)
        r = flow_connect_by_child(flow, &job);
    else
        r = flow_connect_run(&job) ? 0 : job.result;
    if (nonblocking || (r != -EINPROGRESS && r != -EINTR))
        return r;
    /* A blocking connect says so when its time is up. */
    return r == -EINTR ? flow_connect_wait(flow) : -ETIME;
}

int flow_connect_wait(struct flow *flow)
{
    int error = 0;
    socklen_t length = sizeof(error);
    int r = deadline_wait(flow->kept->fd, POLLOUT, flow->wake_fd, flow->deadline);

    if (r < 0)
        return r;
    if (getsockopt(flow->kept->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -errno;
    return -error;
}

static int flow_connect_plain(struct flow *flow)
{
    bool nonblocking = flow->request.nonblocking;
    int r = flow_connect_call(flow, nonblocking);

    if (r == -EINPROGRESS && nonblocking)
        r = flow_connect_wait(flow);
    return r < 0 ? r : flow_begin_connection(flow);
}

static int flow_connect_unconnected(struct flow *flow)
{
    flow->kept->unconnected = true;
    flow->kept->to = flow->request.to;
    return flow_begin_connection(flow);
}

int flow_connect(struct flow *flow)
{
    int r;

    if (!flow->request.has_to)
        return 0;
    hooks_begin(flow->flows->hooks, flow->cookie, &flow->seen);
    flow->kept->connect_ns = clock_ns();
    if (flow->request.early != EARLY_NONE)
        r = flow_connect_early(flow);
    else if (flow->kept->protocol == IPPROTO_UDP && flow_needs_port(flow))
        r = flow_connect_unconnected(flow);
    else
        r = flow_connect_plain(flow);
    hooks_take(flow->flows->hooks, flow->cookie, &flow->seen);
    if (r < 0)
        flow_note_names(flow);
    return flow_fail(flow, "connect", r);
}
