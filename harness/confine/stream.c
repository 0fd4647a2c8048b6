// SPDX-License-Identifier: Apache-2.0
#include "confine/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

/* ---- the child ---- */

static void stream_write(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = write(fd, at, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            _exit(1);
        at += n;
        size -= (size_t)n;
    }
}

void stream_put(int fd, enum stream_kind kind, const void *bytes, size_t size)
{
    struct stream_head head = {kind, (uint32_t)size};

    stream_write(fd, &head, sizeof(head));
    stream_write(fd, bytes, size);
}

static void stream_put_file(int fd, const struct memory_file *file)
{
    stream_put(fd, STREAM_FILE, file->name, strlen(file->name));
    for (size_t done = 0; done < file->size; done += STREAM_BYTES_MAX) {
        size_t left = file->size - done;

        stream_put(fd, STREAM_BYTES, file->bytes + done,
                   left < STREAM_BYTES_MAX ? left : STREAM_BYTES_MAX);
    }
}

void stream_put_files(int fd, const struct memory_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        stream_put_file(fd, &files->files[i]);
}

/* ---- the parent ---- */

static int stream_read(struct stream_reader *reader, void *out, size_t size)
{
    char *at = out;

    if ((int64_t)size > reader->left)
        return -EFBIG;
    reader->left -= (int64_t)size;
    while (size > 0) {
        int r = patience_wait(reader->fd, POLLIN, -1, reader->patience);
        ssize_t n = r < 0 ? 0 : read(reader->fd, at, size);

        if (r < 0)
            return r;
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            return -EPIPE;
        at += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Only the last error is the outcome's; those before it were said in passing. */
static int stream_take_message(struct stream_reader *reader, const char *text)
{
    enum log_level level = (enum log_level)text[0];

    if (level != LOG_ERROR) {
        log_at(level > LOG_DEBUG ? LOG_DEBUG : level, "%s", text + 1);
        return 0;
    }
    if (reader->error)
        log_at(LOG_ERROR, "%s", reader->error);
    free(reader->error);
    reader->error = strdup(text + 1);
    return reader->error ? 0 : -ENOMEM;
}

static int stream_take_text(struct stream_reader *reader, const struct stream_head *head,
                            struct memory_files *out)
{
    char text[STREAM_TEXT_MAX + 1];
    int r;

    if (head->size == 0 || head->size > STREAM_TEXT_MAX)
        return -EBADMSG;
    r = stream_read(reader, text, head->size);
    if (r < 0)
        return r;
    text[head->size] = '\0';
    if (head->kind == STREAM_LOG)
        return stream_take_message(reader, text);
    r = strlen(text) == head->size ? memory_files_add(out, text) : -EBADMSG;
    return r == -EEXIST ? -EBADMSG : r;
}

static int stream_take_bytes(struct stream_reader *reader, size_t size, struct memory_files *out)
{
    _cleanup_free_ char *bytes = size <= STREAM_BYTES_MAX && out->n ? malloc(size + 1) : NULL;
    int r;

    if (!bytes)
        return size <= STREAM_BYTES_MAX && out->n ? -ENOMEM : -EBADMSG;
    r = stream_read(reader, bytes, size);
    return r < 0 ? r : memory_files_append(out, bytes, size);
}

int stream_take(struct stream_reader *reader, struct memory_files *out, int *result)
{
    struct stream_head head;
    int r;

    for (;;) {
        r = stream_read(reader, &head, sizeof(head));
        if (r < 0)
            return r;
        if (head.kind == STREAM_END)
            break;
        if (head.kind > STREAM_END)
            return -EBADMSG;
        r = head.kind == STREAM_BYTES ? stream_take_bytes(reader, head.size, out)
                                      : stream_take_text(reader, &head, out);
        if (r < 0)
            return r;
    }
    if (head.size != sizeof(*result))
        return -EBADMSG;
    return stream_read(reader, result, sizeof(*result));
}
