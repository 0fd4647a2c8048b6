/* SPDX-License-Identifier: Apache-2.0 */
/* --filter-tags (select/select.h): NULL-terminated alternatives, each "a,b,!c"; NULL is no filter.
 */
#pragma once

#include <stdbool.h>

#include "select/selection.h"

/* Tests that none of the filters takes are not selected any more. A tag that no test has was
 * misspelt: -EINVAL, with the tags that there are. */
int select_by_tags(struct selection *selection, const char *const *filters);
/* Tests tagged long are not selected any more, unless a filter asks for that tag. True when that
 * left one out. */
bool select_without_long(struct selection *selection, const char *const *filters);
