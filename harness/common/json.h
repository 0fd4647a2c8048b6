/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small helpers around jansson. What is read is hostile until checked: every getter answers
 * -EINVAL with one sentence that names the key when the value is missing or of another type.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"

/* What jansson says of a text, without what would spoil a terminal: it quotes from the text.
 * Changes and returns error->text. */
const char *json_error_line(json_error_t *error);
/*
 * A stranger's text as JSON. *memory is what it may still take, in bytes: what the text will take
 * is worked out from its punctuation before it is read, and subtracted. -EFBIG without a word when
 * that is too much; otherwise NULL in *out and `error` filled means that it is no JSON, -EINVAL.
 */
int json_parse_within(const char *text, size_t size, int64_t *memory, json_t **out,
                      json_error_t *error);
/* The same, all of it said: -EFBIG and -EINVAL with a sentence that begins with the file's `path`,
 * or -ENOMEM where there is less memory than that. */
int json_read_text(const char *path, const void *text, size_t size, int64_t memory, json_t **out);
/* Of json_read_file(): of a lab's own state; of what a virtual machine, or a person, hands over. */
#define JSON_OWN_MAX    (64LL << 20)
#define JSON_REPORT_MAX (4LL << 20)
/*
 * The whole file as JSON; the caller owns *out. -EINVAL with file:line when it is not JSON; -EFBIG
 * with a sentence when the file has more than `max` bytes, or when the JSON would take more than
 * sixteen times `max` of memory.
 */
int json_read_file(const char *path, int64_t max, json_t **out);
/* Writes `j` to `path` by way of a temporary file, so that a reader never sees half of it. */
int json_write_file(const char *path, const json_t *j);

/* Required members of `object`. Strings are borrowed from it. Integers are checked to be within
 * [min, max]. */
int json_get_string(const json_t *object, const char *key, const char **out);
int json_get_integer(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out);
/* Optional members: leave *out alone when the key is absent or null. */
int json_get_optional_string(const json_t *object, const char *key, const char **out);
int json_get_optional_integer(const json_t *object, const char *key, int64_t min, int64_t max,
                              int64_t *out);
int json_get_optional_bool(const json_t *object, const char *key, bool *out);

/* New references: "10.0.0.1", "10.0.0.1:80"; JSON null for none. */
json_t *json_address(const struct address *address);
json_t *json_address_port(const struct address_port *ap);
