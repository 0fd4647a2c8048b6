// SPDX-License-Identifier: Apache-2.0
#include "play/hand_over.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "net/net.h"

static void hand_over_message(struct msghdr *message, struct iovec *piece, char *byte,
                              char *control, size_t size)
{
    *piece = (struct iovec){.iov_base = byte, .iov_len = 1};
    *message = (struct msghdr){
        .msg_iov = piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = size};
}

static int hand_over_give(int way, int fd)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = {0};
    struct cmsghdr *head;
    struct msghdr message;
    struct iovec piece;
    char byte = 0;

    hand_over_message(&message, &piece, &byte, control, sizeof(control));
    head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(head), &fd, sizeof(fd));
    return sendmsg(way, &message, MSG_NOSIGNAL) == 1 ? 0 : err_r(errno, "cannot pass a socket");
}

static int hand_over_get(int way, int *out)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(*out))] = {0};
    const struct cmsghdr *head;
    struct msghdr message;
    struct iovec piece;
    char byte = 0;

    hand_over_message(&message, &piece, &byte, control, sizeof(control));
    if (recvmsg(way, &message, MSG_CMSG_CLOEXEC) != 1)
        return err_r(errno, "cannot get a socket");
    head = CMSG_FIRSTHDR(&message);
    if (!head || head->cmsg_type != SCM_RIGHTS)
        return err_r(EMFILE, "cannot get a socket");
    memcpy(out, CMSG_DATA(head), sizeof(*out));
    return 0;
}

static int hand_over_child(struct play_turn *turn, int way)
{
    const struct lab *lab = turn->player->lab;
    const struct topology_pod *pod;
    int r = lab_pod(lab, turn->line->pod, &pod);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(turn->fd);
    if (r == 0)
        r = cgroup_enter_pod(lab, pod);
    if (r == 0)
        r = net_enter(lab, pod->name);
    return r < 0 ? r : hand_over_get(way, &turn->fd);
}

int hand_over_start(struct play_turn *turn, struct hand_over *out)
{
    int pair[2], r;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_r(errno, "cannot make a pair of sockets");
    out->child = fork();
    if (out->child < 0)
        r = err_r(errno, "cannot start a process");
    else
        r = out->child ? hand_over_give(pair[0], turn->fd) : hand_over_child(turn, pair[1]);
    close(pair[0]);
    close(pair[1]);
    if (out->child == 0 && r < 0)
        _exit(1);
    return r;
}

int hand_over_wait(const struct hand_over *way)
{
    int status;

    if (waitpid(way->child, &status, 0) < 0)
        return err_r(errno, "cannot wait for a process");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

_Noreturn void hand_over_follow(const struct hand_over *way)
{
    _exit(hand_over_wait(way) < 0 ? 1 : 0);
}
