// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Authorization tuples with ports in the host's byte order. */
#define PORT(port) ((__u16)(port))
#include "auth.h"
