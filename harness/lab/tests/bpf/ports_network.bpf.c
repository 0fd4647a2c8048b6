// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Authorization tuples with ports in the network's byte order, as before 2026-02. */
#define PORT(port) bpf_htons((__u16)(port))
#include "auth.h"
