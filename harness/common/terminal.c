// SPDX-License-Identifier: Apache-2.0
#include "common/terminal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/text.h"

#define TERMINAL_CHUNK 4096
#define TERMINAL_HELD  3 /* bytes of a character that is not finished */

struct terminal {
    int fd;
    char held[TERMINAL_HELD];
    size_t n_held;
};

/* What has been cleaned and not written. */
struct terminal_chunk {
    int fd;
    size_t used;
    char bytes[TERMINAL_CHUNK];
};

/* Those of terminal_start(), by descriptor. */
static FILE *terminal_streams[STDERR_FILENO + 1];
static struct terminal terminal_standard[STDERR_FILENO + 1];

static bool terminal_write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

static bool terminal_flush(struct terminal_chunk *chunk)
{
    size_t used = chunk->used;

    chunk->used = 0;
    return terminal_write_all(chunk->fd, chunk->bytes, used);
}

static bool terminal_put(struct terminal_chunk *chunk, const char *bytes, size_t length)
{
    if (length > sizeof(chunk->bytes) - chunk->used && !terminal_flush(chunk))
        return false;
    if (length > sizeof(chunk->bytes))
        return terminal_write_all(chunk->fd, bytes, length);
    memcpy(chunk->bytes + chunk->used, bytes, length);
    chunk->used += length;
    return true;
}

/* Everything but the beginning of a character at the end, which is held back. */
static bool terminal_clean(struct terminal *terminal, const char *bytes, size_t length)
{
    struct terminal_chunk chunk = {.fd = terminal->fd};
    char escaped[TEXT_ESCAPED_MAX];
    size_t n;

    for (; length > 0; bytes += n, length -= n) {
        n = text_printable(bytes, length);
        if (n > 0) {
            if (!terminal_put(&chunk, bytes, n))
                return false;
            continue;
        }
        if (text_is_unfinished(bytes, length))
            break;
        n = text_escaped(bytes, length, escaped);
        if (!terminal_put(&chunk, escaped, strlen(escaped)))
            return false;
    }
    memcpy(terminal->held, bytes, length);
    terminal->n_held = length;
    return terminal_flush(&chunk);
}

static ssize_t terminal_write(void *cookie, const char *bytes, size_t length)
{
    struct terminal *terminal = cookie;
    _cleanup_free_ char *joined = NULL;
    size_t held = terminal->n_held;

    if (held == 0)
        return terminal_clean(terminal, bytes, length) ? (ssize_t)length : 0;
    joined = malloc(held + length);
    if (!joined)
        return 0;
    memcpy(joined, terminal->held, held);
    memcpy(joined + held, bytes, length);
    return terminal_clean(terminal, joined, held + length) ? (ssize_t)length : 0;
}

static int terminal_close(void *cookie)
{
    free(cookie);
    return 0;
}

FILE *terminal_stream(int fd)
{
    const cookie_io_functions_t functions = {.write = terminal_write, .close = terminal_close};
    struct terminal *terminal = calloc(1, sizeof(*terminal));
    FILE *stream;

    if (!terminal)
        return NULL;
    terminal->fd = fd;
    stream = fopencookie(terminal, "w", functions);
    if (!stream)
        free(terminal);
    return stream;
}

static FILE *terminal_open_standard(int fd)
{
    const cookie_io_functions_t functions = {.write = terminal_write};

    terminal_standard[fd].fd = fd;
    return fopencookie(&terminal_standard[fd], "w", functions);
}

int terminal_start(void)
{
    FILE *out = terminal_open_standard(STDOUT_FILENO), *err = terminal_open_standard(STDERR_FILENO);

    if (!out || !err)
        return -errno;
    setvbuf(out, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
    setvbuf(err, NULL, _IONBF, 0);
    terminal_streams[STDOUT_FILENO] = stdout = out;
    terminal_streams[STDERR_FILENO] = stderr = err;
    return 0;
}

int terminal_fd(FILE *stream)
{
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (stream == terminal_streams[fd])
            return fd;
    return fileno(stream);
}

void terminal_control(FILE *stream, const char *sequence)
{
    int fd = terminal_fd(stream);

    if (fflush(stream) == 0 && fd >= 0)
        terminal_write_all(fd, sequence, strlen(sequence));
}
