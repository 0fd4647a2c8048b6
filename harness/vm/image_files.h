/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the host's root that the suites need, in a virtual machine, too. */
#pragma once

#include "common/strings.h"
#include "run/site.h"

/* The commands' files, the libraries that they and `waypost` need, and what is besides. */
int image_files_list(const struct site *site, struct strings *out);

/* What tells whether one of `files` has changed, or a command has come; the caller frees *out. */
int image_files_describe(const struct strings *files, char **out);
