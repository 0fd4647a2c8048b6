/* SPDX-License-Identifier: Apache-2.0 */
/* What all labs of one machine share: where their state is. */
#pragma once

/* STATE, made with mode 0700 where it is not there; refused when it belongs to somebody else. The
 * caller frees *out. */
int state_root(char **out);
/* The variable's value, or `otherwise` where it is not set or empty. */
const char *state_env(const char *name, const char *otherwise);
