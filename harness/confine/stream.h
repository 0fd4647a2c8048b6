/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes from the confined child to its parent: records of a kind, a size (both 32 bits of this
 * machine's order) and so many bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/memory_files.h"
#include "common/patience.h"

enum stream_kind {
    STREAM_LOG,   /* a level's byte, and a message without a terminator */
    STREAM_FILE,  /* the name of the next file, without a terminator */
    STREAM_BYTES, /* of the last file, STREAM_BYTES_MAX at most */
    STREAM_END,   /* an int: what the function returned */
};

#define STREAM_TEXT_MAX  4096
#define STREAM_BYTES_MAX 65536

struct stream_head {
    uint32_t kind, size;
};

/* ---- the child ---- */

/* Writes it whole, or not: a parent that is gone has ended the child already. */
void stream_put(int fd, enum stream_kind kind, const void *bytes, size_t size);
void stream_put_files(int fd, const struct memory_files *files);

/* ---- the parent ---- */

struct stream_reader {
    int fd;
    struct patience *patience;
    int64_t left; /* bytes that may still come */
    char *error;  /* the last message of the level "error", which has not been said; or NULL */
};

/*
 * Takes files and messages until the end, which is in *result. -EPIPE when it breaks off before,
 * -EBADMSG for nonsense, -EFBIG for too much, -ETIME or -PATIENCE_STARVED; without a word but for
 * the child's own, of which the last error is kept. What is in *out is the caller's.
 */
int stream_take(struct stream_reader *reader, struct memory_files *out, int *result);
