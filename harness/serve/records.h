/* SPDX-License-Identifier: Apache-2.0 */
/* The record that was chosen, for words that know what is in it. */
#pragma once

#include "serve/session.h"

/* A field's value, which the record keeps; a record without it ends the test. */
int records_field(struct session *s, const char *field, const char **out);
int records_equal(struct session *s, const char *field, const char *expected);
