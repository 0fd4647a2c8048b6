/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the run is, for whoever watches: on a terminal a line that changes, elsewhere a plain
 * line now and then. On a terminal there is never a pause of more than a second, elsewhere none of
 * more than a minute.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool is_terminal; /* and no CI */
    bool has_colours; /* NO_COLOR is not set */
    bool is_shown;    /* the line that changes is there */
    int64_t last_ns;  /* when something was last shown */
};

/* Where the run is. */
struct progress_state {
    size_t tests, tests_done, failed;
    int64_t elapsed_ms;
    int64_t expected_ms, done_ms; /* work: of all jobs together, and what of it is done; in tests
                                   * where nobody knows how long they take */
    int64_t left_ms;              /* until the end; -1: not known */
    const char *busy;             /* what is running */
};

void progress_init(struct progress *progress);
/* When progress_show() is due again: a deadline (common/deadline.h). */
int64_t progress_due(const struct progress *progress);
/* Shows it now; without a terminal only when it is due. */
void progress_show(struct progress *progress, const struct progress_state *state);
/* A job that has ended. On a terminal one that is in order is not worth a line. */
enum progress_word { PROGRESS_OK, PROGRESS_FAILED, PROGRESS_INCONCLUSIVE };
void progress_job(struct progress *progress, const char *title, enum progress_word word,
                  int64_t elapsed_ms, const char *counts);
/* A line that stays. */
void progress_say(struct progress *progress, const char *line);
/* Takes the line away that changes. */
void progress_end(struct progress *progress);

/* "7 s", "2 min 03 s" */
#define PROGRESS_TIME_MAX 32
void progress_time(int64_t ms, char out[PROGRESS_TIME_MAX]);
