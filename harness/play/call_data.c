// SPDX-License-Identifier: Apache-2.0
/* Calls that move bytes: each has to find the other application's, in their order. */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/payload.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "play/call.h"

#define DATA_PIECE 65536

static uint64_t data_seed(enum script_end from)
{
    return payload_seed(1, from == SCRIPT_CLIENT ? PAYLOAD_FROM_CLIENT : PAYLOAD_FROM_LISTENER);
}

static int data_buffer(size_t length, uint8_t **out)
{
    *out = calloc(1, length + 1);
    return *out ? 0 : err_r(ENOMEM, "cannot make room for %zu bytes", length);
}

static int data_next(const struct play_turn *turn, size_t length, uint8_t **out)
{
    int r = data_buffer(length, out);

    if (r == 0)
        payload_fill(data_seed(turn->line->end), turn_end(turn)->sent, *out, length);
    return r;
}

static ssize_t data_send(struct play_turn *turn, size_t length, int flags)
{
    _cleanup_free_ uint8_t *bytes = NULL;
    ssize_t n;

    if (data_next(turn, length, &bytes) < 0)
        return -ENOMEM;
    n = send(turn->fd, bytes, length, flags | MSG_NOSIGNAL);
    if (n < 0)
        return -errno;
    turn_end(turn)->sent += (uint64_t)n;
    return n;
}

/* How large a part is that the kernel took depends on how it has cut what waits: with "part" any
 * will do. */
int call_send(struct play_turn *turn)
{
    const struct script_line *line = turn->line;
    int flags = (script_line_has(line, "dontwait") ? MSG_DONTWAIT : 0) |
                (script_line_has(line, "more") ? MSG_MORE : 0);
    ssize_t n = data_send(turn, (size_t)line->numbers[0], flags);

    if (script_line_has(line, "part") && n > 0 && n < line->numbers[0])
        return turn_say(turn, "a part");
    return turn_say_result(turn, n);
}

/* Until nothing is on its way: what is left waits for room at the other end. */
static void data_settle(int fd)
{
    int left = 0, unsent = 0;

    while (ioctl(fd, SIOCOUTQ, &left) == 0 && ioctl(fd, SIOCOUTQNSD, &unsent) == 0 && left > unsent)
        sched_yield();
}

/* Until there is no room, and none comes of what was on its way. How much was taken depends on when
 * acknowledgements come: what counts is that the other end gets all of it. */
int call_fill(struct play_turn *turn)
{
    bool again;
    ssize_t n;

    do {
        again = false;
        while ((n = data_send(turn, (size_t)turn->line->numbers[0], MSG_DONTWAIT)) > 0)
            again = true;
        if (n == -EAGAIN && !turn->player->held)
            data_settle(turn->fd);
    } while (again);
    return turn_say_result(turn, n);
}

static _Noreturn void exec_child(int from, int to)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(from, STDIN_FILENO) >= 0 && dup2(to, STDOUT_FILENO) >= 0)
        execlp("cat", "cat", NULL);
    _exit(127);
}

/* cat, whose output is the socket, and its input the bytes. */
int call_exec(struct play_turn *turn)
{
    size_t length = (size_t)turn->line->numbers[0];
    _cleanup_free_ uint8_t *bytes = NULL;
    _cleanup_close_ int file = memfd_create("play", MFD_CLOEXEC);
    int status;
    pid_t pid;

    if (data_next(turn, length, &bytes) < 0)
        return -ENOMEM;
    if (file < 0 || pwrite(file, bytes, length, 0) != (ssize_t)length)
        return err_r(errno, "cannot write what cat has to send");
    pid = fork();
    if (pid == 0)
        exec_child(file, turn->fd);
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return err_r(errno, "cannot start cat");
    turn_end(turn)->sent += length;
    return WIFEXITED(status) ? turn_say(turn, "exit %d", WEXITSTATUS(status))
                             : turn_say(turn, "signal %d", WTERMSIG(status));
}

/* The answer to a read that returned n, with the first byte that is wrong; `take`: the next read
 * goes on behind them. */
static int data_say(struct play_turn *turn, const uint8_t *bytes, ssize_t n, bool take)
{
    struct play_end *end = turn_end(turn);
    _cleanup_free_ uint8_t *right = NULL;
    ssize_t same = 0;

    turn_say_result(turn, n);
    if (n <= 0)
        return 0;
    if (data_buffer((size_t)n, &right) < 0)
        return -ENOMEM;
    payload_fill(data_seed(!turn->line->end), end->taken, right, (size_t)n);
    while (same < n && bytes[same] == right[same])
        same++;
    if (same < n)
        turn_say(turn, "%zd, of which byte %zd is %02x and has to be %02x", n, same, bytes[same],
                 right[same]);
    if (take)
        end->taken += (uint64_t)n;
    return 0;
}

static ssize_t data_receive(int fd, uint8_t *bytes, size_t length, int flags, int *inq)
{
    struct iovec piece = {.iov_base = bytes, .iov_len = length};
    char control[CMSG_SPACE(sizeof(int))];
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(fd, &message, flags);
    const struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&message);

    if (head && head->cmsg_level == IPPROTO_TCP && head->cmsg_type == TCP_CM_INQ)
        memcpy(inq, CMSG_DATA(head), sizeof(*inq));
    return n < 0 ? -errno : n;
}

int call_recv(struct play_turn *turn)
{
    const struct script_line *line = turn->line;
    bool peek = script_line_has(line, "peek"), trunc = script_line_has(line, "trunc");
    int flags = (peek ? MSG_PEEK : 0) | (trunc ? MSG_TRUNC : 0) |
                (script_line_has(line, "waitall") ? MSG_WAITALL : 0) |
                (script_line_has(line, "dontwait") ? MSG_DONTWAIT : 0);
    _cleanup_free_ uint8_t *bytes = NULL;
    int inq = -1, r;
    ssize_t n;

    if (data_buffer((size_t)line->numbers[0], &bytes) < 0)
        return -ENOMEM;
    n = data_receive(turn->fd, bytes, (size_t)line->numbers[0], flags, &inq);
    if (n > 0 && trunc) /* thrown away: nothing is in the buffer */
        payload_fill(data_seed(!line->end), turn_end(turn)->taken, bytes, (size_t)n);
    r = data_say(turn, bytes, n, !peek);
    if (r == 0 && inq >= 0) {
        size_t used = strlen(turn->answer);

        snprintf(turn->answer + used, sizeof(turn->answer) - used, " inq %d", inq);
    }
    return r;
}

#define DATA_MESSAGES 16

/* "5 5 1" */
static int recvmmsg_say(struct play_turn *turn, const struct mmsghdr *messages, int n)
{
    char all[PLAY_ANSWER_MAX] = "0";
    size_t used = 0;

    if (n < 0)
        return turn_say_result(turn, -errno);
    for (int i = 0; i < n && used < sizeof(all); i++) {
        int r = data_say(turn, messages[i].msg_hdr.msg_iov->iov_base, messages[i].msg_len, true);

        if (r < 0)
            return r;
        used +=
            (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i ? " " : "", turn->answer);
    }
    return turn_say(turn, "%s", all);
}

/* Several reads of N bytes; only the first waits. */
int call_recvmmsg(struct play_turn *turn)
{
    size_t length = (size_t)turn->line->numbers[0];
    unsigned int n = (unsigned int)turn->line->numbers[1];
    struct mmsghdr messages[DATA_MESSAGES] = {0};
    struct iovec pieces[DATA_MESSAGES];
    _cleanup_free_ uint8_t *bytes = NULL;

    n = n < DATA_MESSAGES ? n : DATA_MESSAGES;
    if (data_buffer(length * n, &bytes) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        pieces[i] = (struct iovec){.iov_base = bytes + i * length, .iov_len = length};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
    }
    return recvmmsg_say(turn, messages, recvmmsg(turn->fd, messages, n, MSG_WAITFORONE, NULL));
}

int call_splice(struct play_turn *turn)
{
    size_t length = (size_t)turn->line->numbers[0];
    _cleanup_free_ uint8_t *bytes = NULL;
    ssize_t n;
    int pair[2];

    if (data_buffer(length, &bytes) < 0)
        return -ENOMEM;
    if (pipe2(pair, O_CLOEXEC) < 0)
        return err_r(errno, "cannot make a pipe");
    n = splice(turn->fd, NULL, pair[1], NULL, length, 0);
    if (n < 0)
        n = -errno;
    else if (n > 0)
        n = read(pair[0], bytes, (size_t)n);
    close(pair[0]);
    close(pair[1]);
    return data_say(turn, bytes, n, true);
}

static ssize_t data_uring(int fd, uint8_t *bytes, size_t length)
{
    struct io_uring_cqe *cqe;
    struct io_uring ring;
    int r = io_uring_queue_init(2, &ring, 0);

    if (r < 0)
        return r;
    io_uring_prep_recv(io_uring_get_sqe(&ring), fd, bytes, length, 0);
    r = io_uring_submit(&ring);
    if (r >= 0)
        r = io_uring_wait_cqe(&ring, &cqe);
    if (r >= 0)
        r = cqe->res;
    io_uring_queue_exit(&ring);
    return r;
}

int call_uring_recv(struct play_turn *turn)
{
    size_t length = (size_t)turn->line->numbers[0];
    _cleanup_free_ uint8_t *bytes = NULL;

    if (data_buffer(length, &bytes) < 0)
        return -ENOMEM;
    return data_say(turn, bytes, data_uring(turn->fd, bytes, length), true);
}

/* Everything that the other application has sent until now. */
int call_drain(struct play_turn *turn)
{
    _cleanup_free_ uint8_t *bytes = NULL;
    struct play_end *end = turn_end(turn);
    uint64_t all = turn_peer(turn)->sent;
    ssize_t n = 1;

    if (data_buffer(DATA_PIECE, &bytes) < 0)
        return -ENOMEM;
    while (end->taken < all && n > 0) {
        uint64_t left = all - end->taken;

        n = recv(turn->fd, bytes, left < DATA_PIECE ? (size_t)left : DATA_PIECE, 0);
        n = n < 0 ? -errno : n;
        if (data_say(turn, bytes, n, true) < 0)
            return -ENOMEM;
        if (strchr(turn->answer, ','))
            return 0;
    }
    return end->taken == all ? turn_say(turn, "all") : 0;
}
