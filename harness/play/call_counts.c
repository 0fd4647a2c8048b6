// SPDX-License-Identifier: Apache-2.0
/* Calls that ask for counts and errors, or set what they depend on. */
#include <errno.h>
#include <fcntl.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "play/call.h"

int call_fionread(struct play_turn *turn)
{
    int n = 0;

    return turn_say_result(turn, ioctl(turn->fd, FIONREAD, &n) < 0 ? -errno : n);
}

int call_error(struct play_turn *turn)
{
    int error = 0;
    socklen_t length = sizeof(error);

    if (getsockopt(turn->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return turn_say_result(turn, -errno);
    return turn_say_result(turn, -error);
}

static int option_time(int fd, int option, long ms)
{
    struct timeval value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    return setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value));
}

int call_option(struct play_turn *turn)
{
    const struct play_call *call = (const struct play_call *)turn->line->call;
    int value = (int)turn->line->numbers[0];
    bool is_time =
        call->level == SOL_SOCKET && (call->option == SO_RCVTIMEO || call->option == SO_SNDTIMEO);
    int r = is_time ? option_time(turn->fd, call->option, value)
                    : setsockopt(turn->fd, call->level, call->option, &value, sizeof(value));

    return r < 0 ? turn_say_result(turn, -errno) : turn_say(turn, "ok");
}

int call_nonblock(struct play_turn *turn)
{
    int flags = fcntl(turn->fd, F_GETFL);

    flags = turn->line->numbers[0] ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    if (fcntl(turn->fd, F_SETFL, flags) < 0)
        return turn_say_result(turn, -errno);
    return turn_say(turn, "ok");
}

/* What it sends from here on is in TLS records, by the kernel, under a key of zeroes. */
int call_tls(struct play_turn *turn)
{
    struct tls12_crypto_info_aes_gcm_128 key = {
        .info = {.version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128},
    };

    if (setsockopt(turn->fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) < 0 ||
        setsockopt(turn->fd, SOL_TLS, TLS_TX, &key, sizeof(key)) < 0)
        return turn_say_result(turn, -errno);
    return turn_say(turn, "ok");
}
