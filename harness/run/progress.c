// SPDX-License-Identifier: Apache-2.0
#include "run/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/terminal.h"

#define PROGRESS_TERMINAL_NS 1000000000LL
#define PROGRESS_PLAIN_NS    60000000000LL
#define PROGRESS_LINE_MAX    256
#define PROGRESS_WIDTH       80 /* of a terminal that does not say */

#define PROGRESS_CLEAR "\r\033[K"
#define PROGRESS_RED   "\033[31m"
#define PROGRESS_RESET "\033[0m"

static bool progress_is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

void progress_init(struct progress *progress)
{
    bool is_terminal = isatty(STDOUT_FILENO) && !progress_is_set("CI");

    *progress = (struct progress){.is_terminal = is_terminal,
                                  .has_colours = is_terminal && !progress_is_set("NO_COLOR"),
                                  .last_ns = clock_ns()};
}

int64_t progress_due(const struct progress *progress)
{
    return progress->last_ns + (progress->is_terminal ? PROGRESS_TERMINAL_NS : PROGRESS_PLAIN_NS);
}

static size_t progress_width(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return PROGRESS_WIDTH;
    return size.ws_col;
}

void progress_time(int64_t ms, char out[PROGRESS_TIME_MAX])
{
    long long s = ms / 1000;

    if (s < 60)
        snprintf(out, PROGRESS_TIME_MAX, "%lld s", s);
    else
        snprintf(out, PROGRESS_TIME_MAX, "%lld min %02lld s", s / 60, s % 60);
}

static int progress_percent(const struct progress_state *state)
{
    int64_t percent = state->expected_ms > 0 ? state->done_ms * 100 / state->expected_ms : 0;

    return percent > 99 ? 99 : (int)percent;
}

/* "43 %, 361 of 840 tests, 1 failed, 12 s, about 16 s left: 120-connect [v4]" */
static void progress_line(const struct progress_state *state, char *out, size_t size)
{
    char elapsed[PROGRESS_TIME_MAX], left[PROGRESS_TIME_MAX] = "", failed[32] = "", about[64] = "";

    progress_time(state->elapsed_ms, elapsed);
    if (state->left_ms >= 0) {
        progress_time(state->left_ms, left);
        snprintf(about, sizeof(about), ", about %s left", left);
    }
    if (state->failed > 0)
        snprintf(failed, sizeof(failed), ", %zu failed", state->failed);
    snprintf(out, size, "%d %%, %zu of %zu tests%s, %s%s: %s", progress_percent(state),
             state->tests_done, state->tests, failed, elapsed, about, state->busy);
}

/* One column less: a full line would wrap. No half of a character stays. */
static void progress_cut(char *line, size_t width)
{
    size_t end = width - 1;

    if (strlen(line) <= end)
        return;
    while (end > 0 && ((unsigned char)line[end] & 0xc0) == 0x80)
        end--;
    line[end] = '\0';
}

static void progress_put(const char *text, bool red)
{
    if (red)
        terminal_control(stdout, PROGRESS_RED);
    fputs(text, stdout);
    if (red)
        terminal_control(stdout, PROGRESS_RESET);
}

void progress_show(struct progress *progress, const struct progress_state *state)
{
    char line[PROGRESS_LINE_MAX];

    if (!progress->is_terminal && clock_ns() < progress_due(progress))
        return;
    progress_line(state, line, sizeof(line));
    if (progress->is_terminal) {
        progress_cut(line, progress_width());
        terminal_control(stdout, PROGRESS_CLEAR);
        progress_put(line, progress->has_colours && state->failed > 0);
        progress->is_shown = true;
    } else {
        printf("%s\n", line);
    }
    fflush(stdout);
    progress->last_ns = clock_ns();
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown)
        terminal_control(stdout, PROGRESS_CLEAR);
    progress->is_shown = false;
    fflush(stdout);
}

void progress_say(struct progress *progress, const char *line)
{
    progress_end(progress);
    printf("%s\n", line);
    fflush(stdout);
    progress->last_ns = clock_ns();
}

void progress_job(struct progress *progress, const char *title, enum progress_word word,
                  int64_t elapsed_ms, const char *counts)
{
    static const char *const words[] = {[PROGRESS_OK] = "ok    ",
                                        [PROGRESS_FAILED] = "FAILED",
                                        [PROGRESS_INCONCLUSIVE] = "INCONCLUSIVE"};
    /* The columns stay where they are. */
    int width = 46 - (int)strlen(words[word]);

    if (progress->is_terminal && word == PROGRESS_OK)
        return;
    progress_end(progress);
    progress_put(words[word], word != PROGRESS_OK && progress->has_colours);
    printf(" %-*s %4lld.%lld s  %s\n", width, title, (long long)elapsed_ms / 1000,
           (long long)elapsed_ms % 1000 / 100, counts);
    fflush(stdout);
    progress->last_ns = clock_ns();
}
