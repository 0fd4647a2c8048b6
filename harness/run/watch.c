// SPDX-License-Identifier: Apache-2.0
#include "run/watch.h"

#include "common/cleanup.h"
#include "run/marked.h"

#define NS_PER_S  1000000000LL
#define NS_PER_MS 1000000LL
/* A process that waits and looks at the clock now and then does not get on. */
#define WATCH_RUNS_PART 100

void watch_start(struct watch *w, int limit_s, bool is_bats, int64_t now, int64_t machine)
{
    *w = (struct watch){.limit_ns = limit_s * NS_PER_S,
                        .is_bats = is_bats,
                        .started_ns = now,
                        .started_machine = machine};
    watch_move(w, machine);
}

void watch_move(struct watch *w, int64_t machine)
{
    w->moved_machine = machine;
    w->ran_ms = -1;
}

static int watch_ran_ms(const struct watch *w, pid_t group, const char *mark, int64_t *out)
{
    _cleanup_(marked_clear) struct marked marked = {0};
    int r = marked_find(group, mark, &marked);

    if (r < 0)
        return r;
    *out = w->is_bats && !marked_has_bats(&marked) ? 0 : marked_ran_ms(&marked);
    return 0;
}

/* Half of its limit is over: from now on its processes are to run, or it stands. */
static int watch_look_first(struct watch *w, pid_t group, const char *mark)
{
    return w->ran_ms < 0 ? watch_ran_ms(w, group, mark, &w->ran_ms) : 0;
}

/* Its limit is over. */
static int watch_look_again(struct watch *w, pid_t group, const char *mark, int64_t machine,
                            enum watch_verdict *verdict)
{
    int64_t ran_ms = 0, before = w->ran_ms;
    int r = watch_ran_ms(w, group, mark, &ran_ms);

    if (r < 0)
        return r;
    if (before < 0 || (ran_ms - before) * NS_PER_MS * WATCH_RUNS_PART < w->limit_ns / 2) {
        *verdict = WATCH_STANDS;
        return 0;
    }
    watch_move(w, machine);
    return 0;
}

int watch_look(struct watch *w, pid_t group, const char *mark, int64_t now, int64_t machine,
               enum watch_verdict *verdict, long *seconds)
{
    int64_t still = machine - w->moved_machine, all = now - w->started_ns;

    *verdict = WATCH_GOES_ON;
    *seconds = (long)(all / NS_PER_S);
    if (all >= WATCH_TOTAL * w->limit_ns) {
        *verdict = 2 * (machine - w->started_machine) < all ? WATCH_STARVED : WATCH_TOTAL_UP;
        return 0;
    }
    if (still < w->limit_ns / 2)
        return 0;
    if (still < w->limit_ns)
        return watch_look_first(w, group, mark);
    *seconds = (long)(w->limit_ns / NS_PER_S);
    return watch_look_again(w, group, mark, machine, verdict);
}
