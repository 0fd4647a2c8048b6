/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of families (common/address.h) as bits, 1 << FAMILY_V4 and so on, and as words. */
#pragma once

#include "common/address.h"

#define FAMILIES_COUNT 3
#define FAMILIES_ALL   ((1u << FAMILIES_COUNT) - 1)

static inline unsigned families_bit(enum family family)
{
    return 1u << family;
}

/* "v4 v6", "" for the empty set; statically allocated. */
const char *families_text(unsigned set);
/* The words of "v4 v6", in any order and each at most once; "" is the empty set. -EINVAL, without a
 * word, for anything else. */
int families_parse(const char *text, unsigned *out);
