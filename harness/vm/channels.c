// SPDX-License-Identifier: Apache-2.0
#include "vm/channels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

/* ---- reading ---- */

static int channels_read_status(struct channels *channels, bool *ended)
{
    return lines_read(&channels->status_lines, channels->status.fd, channels->settings.heard,
                      channels->settings.heard_data, ended);
}

static int channels_read_output(struct channels *channels, bool *ended)
{
    const struct output_copy copy = {channels->output.fd, channels->output_file,
                                     channels->settings.status, &channels->line_open};

    return output_copy(&copy, ended);
}

static int channels_take_live(char *line, void *data)
{
    struct channels *channels = data;

    return output_live_line(channels->settings.dir, line, &channels->count);
}

static int channels_read_live(struct channels *channels, bool *ended)
{
    return lines_read(&channels->live_lines, channels->live.fd, channels_take_live, channels,
                      ended);
}

typedef int (*channels_fn)(struct channels *channels, bool *ended);

static void channels_ready(struct channels *channels, struct loop_source *source, channels_fn fn)
{
    bool ended;
    int r = fn(channels, &ended);

    if (r < 0)
        channels->settings.failed(channels, r);
    else if (ended)
        loop_close_source(channels->settings.loop, source);
}

static void channels_status_ready(struct loop_source *source, uint32_t events)
{
    (void)events;
    channels_ready(container_of(source, struct channels, status), source, channels_read_status);
}

static void channels_output_ready(struct loop_source *source, uint32_t events)
{
    (void)events;
    channels_ready(container_of(source, struct channels, output), source, channels_read_output);
}

static void channels_live_ready(struct loop_source *source, uint32_t events)
{
    (void)events;
    channels_ready(container_of(source, struct channels, live), source, channels_read_live);
}

int channels_drain(struct channels *channels)
{
    bool ended;
    int r = channels->status.fd < 0 ? 0 : channels_read_status(channels, &ended);

    if (r < 0)
        return r;
    r = channels->output.fd < 0 ? 0 : channels_read_output(channels, &ended);
    if (r < 0)
        return r;
    return channels->live.fd < 0 ? 0 : channels_read_live(channels, &ended);
}

/* ---- opening ---- */

/* What is written to is inherited, what is read from is not. */
static int channels_pipe(struct loop *loop, struct loop_source *source, int *write_end)
{
    int ends[2];

    if (pipe(ends) < 0)
        return err_r(errno, "cannot make a pipe");
    *write_end = ends[1];
    source->fd = ends[0];
    if (fcntl(source->fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(source->fd, F_SETFL, O_NONBLOCK) < 0)
        return err_r(errno, "cannot prepare a pipe");
    return loop_add(loop, source, EPOLLIN);
}

static int channels_open_pipes(struct channels *channels, struct channels_ends *ends)
{
    struct loop *loop = channels->settings.loop;
    int r = channels_pipe(loop, &channels->status, &ends->status);

    if (r < 0)
        return r;
    r = channels_pipe(loop, &channels->output, &ends->output);
    return r < 0 ? r : channels_pipe(loop, &channels->live, &ends->live);
}

static int channels_open_files(struct channels *channels)
{
    _cleanup_free_ char *output = NULL, *live = NULL;

    if (text_format(&output, "%s/" OUTPUT_FILE, channels->settings.dir) < 0 ||
        text_format(&live, "%s/" OUTPUT_LIVE, channels->settings.dir) < 0)
        return -ENOMEM;
    channels->output_file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (channels->output_file < 0)
        return err_r(errno, "cannot write '%s'", output);
    return mkdir(live, 0755) < 0 && errno != EEXIST ? err_r(errno, "cannot make '%s'", live) : 0;
}

void channels_init(struct channels *channels)
{
    *channels = (struct channels){.status = {-1, channels_status_ready},
                                  .output = {-1, channels_output_ready},
                                  .live = {-1, channels_live_ready},
                                  .output_file = -1};
}

int channels_open(const struct channels_settings *settings, struct channels *channels,
                  struct channels_ends *ends)
{
    int r;

    channels_init(channels);
    channels->settings = *settings;
    *ends = (struct channels_ends){-1, -1, -1};
    r = channels_open_files(channels);
    if (r >= 0)
        r = channels_open_pipes(channels, ends);
    if (r < 0) {
        channels_close_ends(ends);
        channels_close(channels);
    }
    return r;
}

void channels_close_ends(const struct channels_ends *ends)
{
    const int fds[] = {ends->status, ends->output, ends->live};

    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

void channels_close(struct channels *channels)
{
    loop_close_source(channels->settings.loop, &channels->status);
    loop_close_source(channels->settings.loop, &channels->output);
    loop_close_source(channels->settings.loop, &channels->live);
    lines_clear(&channels->status_lines);
    lines_clear(&channels->live_lines);
    if (channels->output_file >= 0)
        close(TAKE_FD(channels->output_file));
}
