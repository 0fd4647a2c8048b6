/* SPDX-License-Identifier: Apache-2.0 */
/* JUnit files as trees of nodes: written whole or not at all, read as hostile input. */
#pragma once

#include <mxml.h>
#include <stddef.h>

/* A larger one was not written by us: a run of the suites has 200 KiB. */
#define JUNIT_FILE_MAX (64 << 20)

/* Writes by way of a temporary file beside `path`: what is there when this returns is complete. The
 * errno of what could not be written, with a sentence. */
int junit_file_write(mxml_node_t *xml, const char *path);
/* Of bytes; `path` is for messages. -EINVAL with a sentence when it cannot be one; what the
 * elements are is not looked at. The caller owns *out. */
int junit_file_parse(const char *path, const void *bytes, size_t size, mxml_node_t **out);
/* All of it as text, which the caller frees; NULL: no memory. */
char *junit_file_text(mxml_node_t *xml);
void junit_file_free(mxml_node_t **xml);
