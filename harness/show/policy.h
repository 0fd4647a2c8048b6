/* SPDX-License-Identifier: Apache-2.0 */
/* Policies as a person reads them. */
#pragma once

#include <jansson.h>

/* Prints an array of what policy_show() gives (maps/policy_show.h), a line for each part. */
void policy_text_print(const json_t *policies);
