/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object per program. Builds for old kernels stand beside the normal ones and hold the same
 * programs. What tells them apart is first what they call: the normal ones use helpers that kernels
 * have since 5.13 only. Where both do, or neither does, it is "compat" in the file's name. Objects
 * that neither tells apart are two of the same program, and that is a mistake.
 */
#pragma once

#include "objects/file.h"
#include "objects/source.h"

/* Takes each program away from all files but one. */
int programs_choose(struct programs_files *files, enum programs_variant variant);
