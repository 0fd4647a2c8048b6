/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is put together in memory of its own. */
#pragma once

/* asprintf() that says so when there is no memory: -ENOMEM, and *out is NULL then. The caller frees
 * *out. */
int text_format(char **out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
