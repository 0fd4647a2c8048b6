/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that want a processor, without keeping anybody from one: they are SCHED_IDLE. */
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct crowd {
    pthread_t *threads;
    long n;
    atomic_long running;
    atomic_bool over;
};

static inline void *crowd_spin(void *data)
{
    const struct sched_param none = {0};
    struct crowd *crowd = data;

    pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
    atomic_fetch_add(&crowd->running, 1);
    while (!atomic_load(&crowd->over))
        ;
    return NULL;
}

/* So many for each processor. */
static inline void crowd_gather(struct crowd *crowd, long each)
{
    *crowd = (struct crowd){.n = each * sysconf(_SC_NPROCESSORS_ONLN)};
    crowd->threads = calloc((size_t)crowd->n, sizeof(*crowd->threads));
    for (long i = 0; i < crowd->n; i++)
        assert_int_equal(pthread_create(&crowd->threads[i], NULL, crowd_spin, crowd), 0);
    while (atomic_load(&crowd->running) < crowd->n)
        sched_yield();
}

static inline void crowd_disperse(struct crowd *crowd)
{
    atomic_store(&crowd->over, true);
    for (long i = 0; i < crowd->n; i++)
        pthread_join(crowd->threads[i], NULL);
    free(crowd->threads);
}
