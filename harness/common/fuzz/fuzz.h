/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzzers share: a promise that does not hold ends the process, and errors are counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Errors and other messages since fuzz_listen(), and the last one. */
static size_t fuzz_errors, fuzz_messages;
static char fuzz_last[512];

static inline void fuzz_expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s (last said: %s)\n", what, fuzz_last);
    abort();
}

/* One line, and nothing that a terminal would act on; a tab moves nothing. */
static inline bool fuzz_is_line(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static inline void fuzz_hear(enum log_level level, const char *message, void *data)
{
    (void)data;
    fuzz_messages++;
    fuzz_errors += level == LOG_ERROR;
    snprintf(fuzz_last, sizeof(fuzz_last), "%s", message);
    fuzz_expect(fuzz_is_line(message), "a message is one line");
}

static inline void fuzz_listen(void)
{
    fuzz_errors = fuzz_messages = 0;
    *fuzz_last = '\0';
    log_set_sink(fuzz_hear, NULL);
}

/* r < 0 and exactly one error, or neither. */
static inline void fuzz_expect_said(int r)
{
    fuzz_expect(fuzz_errors == (r < 0 ? 1 : 0), "one message for a refusal, none otherwise");
}

/* The path of a file of these bytes, without a disk; there is one at a time. */
static inline const char *fuzz_file(const uint8_t *data, size_t size)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    fuzz_expect(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size,
                "a file");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return path;
}

/* What stands in front of the next "\n%%\n", or all of it; *data and *size become the rest. */
static inline size_t fuzz_cut(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size ? memmem(*data, *size, "\n%%\n", 4) : NULL;
    size_t n = end ? (size_t)(end - *data) : *size;

    *data += end ? n + 4 : n;
    *size -= end ? n + 4 : n;
    return n;
}
