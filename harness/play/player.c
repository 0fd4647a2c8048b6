// SPDX-License-Identifier: Apache-2.0
#include "play/player.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "common/asleep.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "net/net.h"
#include "play/call.h"
#include "play/hand_over.h"
#include "play/turn.h"

/* -- The ends ------------------------------------------------------------------------------------
 */

static int player_enter(const struct lab *lab, const struct topology_pod *pod)
{
    int r = cgroup_enter_pod(lab, pod);

    return r < 0 ? r : net_enter(lab, pod->name);
}

static int player_socket(int af, int *out)
{
    *out = socket(af, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    return *out < 0 ? err_r(errno, "cannot make a socket") : 0;
}

static int player_listen(struct player *player)
{
    const struct play_target *target = player->target;
    char text[ADDRESS_TEXT_MAX];
    struct sockaddr_storage at;
    socklen_t length = address_port_to_sockaddr(&target->listen, &at);
    int one = 1, *fd = &player->ends[SCRIPT_SERVER].fd;
    int r = player_enter(player->lab, target->at);

    if (r < 0)
        return r;
    r = player_socket(target->listen.address.af, fd);
    if (r < 0)
        return r;
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(*fd, (struct sockaddr *)&at, length) < 0 || listen(*fd, 1) < 0)
        return err_r(errno, "cannot listen in pod '%s' on %s, where the script's flow ends%s",
                     target->at->name, address_port_text(&target->listen, text),
                     errno == EADDRINUSE ? " (the pod must have no listener there)" : "");
    return 0;
}

static int player_open(struct player *player)
{
    int r = player_listen(player);

    if (r < 0)
        return r;
    r = player_enter(player->lab, player->client);
    return r < 0 ? r
                 : player_socket(player->target->asked.address.af, &player->ends[SCRIPT_CLIENT].fd);
}

/* No connection outlives its script. */
static void player_close(struct player *player)
{
    struct linger linger = {.l_onoff = 1};

    for (size_t i = 0; i < ARRAY_SIZE(player->ends); i++) {
        if (player->ends[i].fd < 0)
            continue;
        setsockopt(player->ends[i].fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
        close(player->ends[i].fd);
    }
}

/* -- Who makes a call ----------------------------------------------------------------------------
 */

static int player_by_child(struct play_turn *turn)
{
    struct hand_over way = {.child = fork()};

    if (way.child < 0)
        return err_r(errno, "cannot start a process");
    if (way.child == 0)
        _exit(play_call_make(turn) < 0 ? 1 : 0);
    return hand_over_wait(&way);
}

static int player_by_other(struct play_turn *turn)
{
    struct hand_over way;
    int r = hand_over_start(turn, &way);

    if (r < 0)
        return r;
    if (way.child == 0)
        _exit(play_call_make(turn) < 0 ? 1 : 0);
    return hand_over_wait(&way);
}

static void *player_thread(void *data)
{
    struct play_turn *turn = data;

    atomic_store(&turn->tid, (int)syscall(SYS_gettid));
    if (play_call_make(turn) < 0)
        turn_say(turn, "cannot be tried");
    atomic_store(&turn->done, true);
    return NULL;
}

/* In a system call that is none of a lock's. */
static bool player_sleeps(int tid)
{
    long call;

    return asleep_in(tid, &call) && call != SYS_futex;
}

/* When the thread's call has begun to wait, or is over: which of these. */
static int player_say_waits(struct play_end *end, struct play_turn *turn)
{
    while (!atomic_load(&end->apart.done) && !player_sleeps(atomic_load(&end->apart.tid)))
        sched_yield();
    return turn_say(turn, atomic_load(&end->apart.done) ? "does not wait" : "waits");
}

static int player_by_thread(struct play_end *end, struct play_turn *turn)
{
    int r;

    if (end->blocked)
        return turn_say(turn, "another call is under way: join");
    end->apart = (struct play_turn){
        .player = turn->player, .line = turn->line, .fd = turn->fd, .tid = 0, .done = false};
    r = pthread_create(&end->apart.thread, NULL, player_thread, &end->apart);
    if (r != 0)
        return err_r(r, "cannot start a thread");
    end->blocked = true;
    return player_say_waits(end, turn);
}

/* `join`, or `still`. */
static int player_ask_thread(struct play_end *end, struct play_turn *turn)
{
    if (!end->blocked)
        return turn_say(turn, "no call is under way");
    if (strcmp(turn->line->call->name, "still") == 0)
        return player_say_waits(end, turn);
    pthread_join(end->apart.thread, NULL);
    end->blocked = false;
    return turn_say(turn, "%s", end->apart.answer);
}

static int player_make(struct player *player, const struct script_line *line)
{
    struct play_turn *turn = &player->turn;
    struct play_end *end = &player->ends[line->end];

    *turn = (struct play_turn){.player = player, .line = line, .fd = end->fd};
    if (strcmp(line->call->name, "join") == 0 || strcmp(line->call->name, "still") == 0)
        return player_ask_thread(end, turn);
    switch (line->by) {
    case SCRIPT_BY_PLAYER:
        return play_call_make(turn);
    case SCRIPT_BY_THREAD:
        return player_by_thread(end, turn);
    case SCRIPT_BY_CHILD:
        return player_by_child(turn);
    case SCRIPT_BY_OTHER:
        return player_by_other(turn);
    }
    return 0;
}

/* -- The process ---------------------------------------------------------------------------------
 */

static void player_sink(enum log_level level, const char *message, void *data)
{
    const int *out = data;

    if (level == LOG_ERROR)
        dprintf(*out, "!%s\n", message);
}

static int player_play(struct player *player, const struct script *script, int out)
{
    int r = player_open(player);

    for (size_t i = 0; r == 0 && i < script->n; i++) {
        r = player_make(player, &script->lines[i]);
        if (r == 0)
            dprintf(out, "%s\n", player->turn.answer);
    }
    if (player->held)
        net_gateway_release();
    player_close(player);
    return r;
}

_Noreturn void player_main(const struct lab *lab, const struct topology_pod *client,
                           const struct play_target *target, const struct script *script, int out)
{
    struct player *player =
        mmap(NULL, sizeof(*player), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    log_set_sink(player_sink, &out);
    if (player == MAP_FAILED)
        _exit(err_r(errno, "cannot make room for the player") ? 1 : 0);
    *player = (struct player){
        .lab = lab,
        .client = client,
        .target = target,
        .ends = {{.fd = -1, .epoll_fd = -1}, {.fd = -1, .epoll_fd = -1}},
    };
    tlv_reader_init(&player->tlv);
    _exit(player_play(player, script, out) < 0 ? 1 : 0);
}
