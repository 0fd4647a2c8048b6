/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Manage commands: TCP connects to 0.0.0.2 or ::2, port 929 (enable) or 930 (disable). The connect
 * hooks let them through; sockops carries them out.
 */
#pragma once

#include "datapath/ip.h"

enum command {
    COMMAND_NONE,
    COMMAND_ENABLE,
    COMMAND_DISABLE,
};

#define COMMAND_ENABLE_PORT  929
#define COMMAND_DISABLE_PORT 930

/* `to` is unmapped (a.b.c.d for ::ffff:a.b.c.d), `port` in host byte order. */
static __always_inline enum command command_of(const struct ip *to, __u32 port)
{
    __u32 two = bpf_htonl(2);
    bool v4 = to->word[0] == two && !ip_has_tail(to);
    bool v6 = !to->word[0] && !to->word[1] && !to->word[2] && to->word[3] == two;

    if (!v4 && !v6)
        return COMMAND_NONE;
    if (port == COMMAND_ENABLE_PORT)
        return COMMAND_ENABLE;
    return port == COMMAND_DISABLE_PORT ? COMMAND_DISABLE : COMMAND_NONE;
}
