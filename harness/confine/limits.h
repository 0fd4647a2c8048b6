/* SPDX-License-Identifier: Apache-2.0 */
/* What a confined child may take. */
#pragma once

#include <stdint.h>

struct confine_limits {
    int64_t memory; /* bytes that the child may take beyond what its parent has */
    int64_t output; /* bytes of all that it hands back, names and messages included */
    int cpu_s;      /* seconds of processor time */
};
