// SPDX-License-Identifier: Apache-2.0
#include "play/call.h"

#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/strings.h"

#define CALL_EVENTS "in out pri rdhup hup err"

static const struct play_call call_table[] = {
    {.script = {.name = "connect"}, .make = call_connect},
    {.script = {.name = "accept"}, .make = call_accept},
    {.script = {.name = "send", .numbers = 1, .words = "dontwait more part"}, .make = call_send},
    {.script = {.name = "fill", .numbers = 1}, .make = call_fill},
    {.script = {.name = "exec", .numbers = 1}, .make = call_exec},
    {.script = {.name = "recv", .numbers = 1, .words = "peek waitall trunc dontwait"},
     .make = call_recv,
     .reads = true},
    {.script = {.name = "recvmmsg", .numbers = 2}, .make = call_recvmmsg, .reads = true},
    {.script = {.name = "splice", .numbers = 1}, .make = call_splice, .reads = true},
    {.script = {.name = "uring_recv", .numbers = 1}, .make = call_uring_recv, .reads = true},
    {.script = {.name = "drain"}, .make = call_drain, .reads = true},
    {.script = {.name = "shutdown", .words = "read write both", .needs_word = true},
     .make = call_shutdown},
    {.script = {.name = "reset"}, .make = call_reset},
    {.script = {.name = "close"}, .make = call_close},
    {.script = {.name = "dup"}, .make = call_dup},
    {.script = {.name = "move", .names_pod = true}, .make = call_move},
    {.script = {.name = "hold"}, .make = call_hold},
    {.script = {.name = "release"}, .make = call_release},
    {.script = {.name = "wait",
                .numbers = 1,
                .any_number = true,
                .words = CALL_EVENTS " sent",
                .needs_word = true},
     .make = call_wait,
     .reads = true},
    {.script = {.name = "poll"}, .make = call_poll, .reads = true},
    {.script = {.name = "select", .words = "read write"}, .make = call_select, .reads = true},
    {.script = {.name = "epoll", .words = "et lt " CALL_EVENTS, .needs_word = true},
     .make = call_epoll,
     .reads = true},
    {.script = {.name = "events", .words = "wait"}, .make = call_events, .reads = true},
    {.script = {.name = "fionread"}, .make = call_fionread, .reads = true},
    {.script = {.name = "outq"}, .make = call_outq},
    {.script = {.name = "error"}, .make = call_error},
    {.script = {.name = "info"}, .make = call_info, .reads = true},
    {.script = {.name = "peer"}, .make = call_peer},
    {.script = {.name = "original"}, .make = call_original},
    {.script = {.name = "nonblock", .numbers = 1}, .make = call_nonblock},
    {.script = {.name = "rcvlowat", .numbers = 1},
     .make = call_option,
     .level = SOL_SOCKET,
     .option = SO_RCVLOWAT},
    {.script = {.name = "rcvtimeo", .numbers = 1},
     .make = call_option,
     .level = SOL_SOCKET,
     .option = SO_RCVTIMEO},
    {.script = {.name = "sndtimeo", .numbers = 1},
     .make = call_option,
     .level = SOL_SOCKET,
     .option = SO_SNDTIMEO},
    {.script = {.name = "sndbuf", .numbers = 1},
     .make = call_option,
     .level = SOL_SOCKET,
     .option = SO_SNDBUF},
    {.script = {.name = "rcvbuf", .numbers = 1},
     .make = call_option,
     .level = SOL_SOCKET,
     .option = SO_RCVBUF},
    {.script = {.name = "cork", .numbers = 1},
     .make = call_option,
     .level = IPPROTO_TCP,
     .option = TCP_CORK},
    {.script = {.name = "nodelay", .numbers = 1},
     .make = call_option,
     .level = IPPROTO_TCP,
     .option = TCP_NODELAY},
    {.script = {.name = "tls"}, .make = call_tls},
    {.script = {.name = "inq", .numbers = 1},
     .make = call_option,
     .level = IPPROTO_TCP,
     .option = TCP_INQ},
    /* The player's own: of the end's thread. */
    {.script = {.name = "still"}},
    {.script = {.name = "join"}},
};

static const struct script_call *call_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(call_table); i++) {
        if (strcmp(call_table[i].script.name, name) == 0)
            return &call_table[i].script;
    }
    return NULL;
}

static char *call_names(void)
{
    _cleanup_strings_ struct strings names = {0};

    for (size_t i = 0; i < ARRAY_SIZE(call_table); i++) {
        if (strings_add(&names, call_table[i].script.name) < 0)
            return NULL;
    }
    return strings_join(&names, ", ");
}

const struct script_calls play_calls = {.find = call_find, .names = call_names};

int play_call_make(struct play_turn *turn)
{
    const struct play_call *call = (const struct play_call *)turn->line->call;
    int r = call->reads && turn->line->end == SCRIPT_SERVER ? lead_take(turn) : 0;

    if (r != 0)
        return r < 0 ? r : 0;
    return call->make(turn);
}
