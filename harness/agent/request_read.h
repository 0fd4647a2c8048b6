/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the members of a request. Each error is said and -EINVAL; what is absent is left alone.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"

/* A member that is not among `known` (NULL-terminated) is a mistake, not something to be ignored.
 */
int request_check_keys(json_t *object, const char *const *known);

/* A member that is one of `names` (NULL-terminated), as its index. */
struct request_choice {
    const char *key;
    const char *const *names;
    unsigned int *out;
};

int request_get_choices(const json_t *object, const struct request_choice *choices, size_t n);

struct request_number {
    const char *key;
    int64_t min, max;
    int64_t *out;
};

int request_get_numbers(const json_t *object, const struct request_number *numbers, size_t n);

/* "ADDRESS:PORT"; *has is set when it is there. */
int request_get_address_port(const json_t *object, const char *key, bool *has,
                             struct address_port *out);
