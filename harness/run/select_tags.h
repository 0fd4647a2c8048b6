/* SPDX-License-Identifier: Apache-2.0 */
/* --filter-tags (run/select.h): NULL-terminated alternatives, each "a,b,!c"; NULL is no filter. */
#pragma once

#include "run/selection.h"

bool select_has_tags(const struct select_test *test, const char *const *filters);
/* A tag that no test has was misspelt: -EINVAL, with the tags that there are. */
int select_check_tags(const struct selection *selection, const char *const *filters);
