// SPDX-License-Identifier: Apache-2.0
#include "run/exit.h"

#include <errno.h>

int run_code(int r)
{
    if (r >= 0)
        return r;
    return r == -EINVAL || r == -ENOENT ? RUN_MISTAKE : RUN_SHORTAGE;
}
