/* SPDX-License-Identifier: Apache-2.0 */
/* Every test of a directory, before anything is selected (select/select.h). */
#pragma once

#include "select/selection.h"

/* Fills the files and the tests. Every mistake in every file is said, as FILE:LINE, then -EINVAL; a
 * name that does not begin with a number is one, and so is a test that its tags leave no family.
 * 000-* is not read. */
int select_read(const char *directory, struct selection *selection);
