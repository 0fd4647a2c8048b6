// SPDX-License-Identifier: Apache-2.0
#include "agent/flow_terms.h"

#include <string.h>

const char *const flow_by_names[] = {"main", "thread", "child", NULL};
const char *const flow_early_names[] = {
    "none", "fastopen", "fastopen-connect", "fastopen-connect-cookie", "blocked-send", NULL};
const char *const flow_end_names[] = {"half-close", "close", "reset", "keep", NULL};
const char *const flow_protocol_names[] = {"tcp", "udp", "mptcp", NULL};
const char *const flow_family_names[] = {"v4", "v6", "mapped", NULL};

bool flow_socket_name_ok(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._-";

    return *name && strlen(name) <= FLOW_NAME_MAX && !name[strspn(name, allowed)];
}
