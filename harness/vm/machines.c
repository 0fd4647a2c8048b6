// SPDX-License-Identifier: Apache-2.0
#include "vm/machines.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/loop.h"

/* What a machine takes of the host's memory besides its own. */
#define MACHINES_MEMORY_MORE_MIB 256

struct machines {
    const struct vm_context *context;
    const struct command_line *line;
    const struct prepared_all *kernels;
    struct loop loop;
    struct loop_source interrupt;
    struct machine **running; /* `side_by_side` places, those that are free are NULL */
    size_t side_by_side, n_running, n_started;
    int error;
};

/* ---- how many side by side ---- */

static long machines_available_mib(void)
{
    _cleanup_fclose_ FILE *file = fopen("/proc/meminfo", "re");
    char line[256];
    long kib;

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
            return kib / 1024;
    return 0;
}

static long machines_need_mib(const struct prepared_all *kernels)
{
    long most = 0;

    for (size_t i = 0; i < kernels->n; i++)
        if (kernels->items[i].memory_mib > most)
            most = kernels->items[i].memory_mib;
    return most + MACHINES_MEMORY_MORE_MIB;
}

/* As many as the memory allows, and one for every two cores. */
static size_t machines_side_by_side(const struct machines *machines)
{
    long n = machines_available_mib() / machines_need_mib(machines->kernels), cores = 1;
    cpu_set_t set;

    if (machines->line->side_by_side > 0)
        return machines->line->side_by_side;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        cores = (CPU_COUNT(&set) + 1) / 2;
    n = n < cores ? n : cores;
    return n < 1 ? 1 : (size_t)n;
}

/* ---- starting and ending ---- */

static void machines_stop(struct machines *machines, int r)
{
    machines->error = r;
    machines->loop.stop = true;
}

static struct machine **machines_place(struct machines *machines, const struct machine *machine)
{
    for (size_t i = 0; i < machines->side_by_side; i++)
        if (machines->running[i] == machine)
            return &machines->running[i];
    return NULL;
}

static void machines_ended(struct machine *machine, int r, void *data);

static int machines_start_next(struct machines *machines)
{
    struct machine_settings settings = {.context = machines->context,
                                        .line = machines->line,
                                        .loop = &machines->loop,
                                        .is_alone = machines->kernels->n == 1,
                                        .ended = machines_ended,
                                        .data = machines};
    struct machine **place = machines_place(machines, NULL);
    int r = machine_start(&settings, &machines->kernels->items[machines->n_started], place);

    if (r < 0)
        return r;
    machines->n_started++;
    machines->n_running++;
    return 0;
}

static int machines_fill(struct machines *machines)
{
    while (machines->n_running < machines->side_by_side &&
           machines->n_started < machines->kernels->n) {
        int r = machines_start_next(machines);

        if (r < 0)
            return r;
    }
    return 0;
}

/* One line for a kernel that has ended, as soon as it has. */
static void machines_say_end(const struct machines *machines, const struct machine *machine)
{
    char text[MACHINE_TEXT_MAX];

    vm_status_hide(machines->context->status);
    if (machines->kernels->n == 1)
        return;
    machine_describe_end(machine, text);
    printf("%s\n", text);
    fflush(stdout);
}

static void machines_ended(struct machine *machine, int r, void *data)
{
    struct machines *machines = data;

    if (r >= 0)
        machines_say_end(machines, machine);
    machine_free(machines_place(machines, machine));
    machines->n_running--;
    if (r >= 0)
        r = machines_fill(machines);
    if (r < 0 || machines->n_running == 0)
        machines_stop(machines, r);
}

static void machines_interrupted(struct loop_source *source, uint32_t events)
{
    (void)events;
    machines_stop(container_of(source, struct machines, interrupt), -ECANCELED);
}

/* ---- time ---- */

static bool machines_can_show(const struct machines *machines)
{
    for (size_t i = 0; i < machines->side_by_side; i++)
        if (machines->running[i] && !machine_has_line_end(machines->running[i]))
            return false;
    return true;
}

static void machines_show(const struct machines *machines)
{
    char all[4 * MACHINE_TEXT_MAX] = "", one[MACHINE_TEXT_MAX];

    for (size_t i = 0; i < machines->side_by_side; i++) {
        size_t length = strlen(all);

        if (!machines->running[i])
            continue;
        machine_describe(machines->running[i], one);
        snprintf(all + length, sizeof(all) - length, "%s%s", length > 0 ? "; " : "", one);
    }
    vm_status_show(machines->context->status, all);
}

static int64_t machines_timer(void *data)
{
    struct machines *machines = data;
    int64_t next = DEADLINE_NEVER;

    if (machines_can_show(machines)) {
        machines_show(machines);
        next = vm_status_due(machines->context->status);
    }
    for (size_t i = 0; i < machines->side_by_side; i++) {
        struct machine *machine = machines->running[i];

        if (!machine)
            continue;
        machine_end_if_late(machine);
        if (machine_deadline(machine) < next)
            next = machine_deadline(machine);
    }
    return next;
}

/* ---- the whole of it ---- */

static int machines_loop(struct machines *machines)
{
    int r = loop_add(&machines->loop, &machines->interrupt, EPOLLIN);

    if (r < 0)
        return r;
    r = machines_fill(machines);
    if (r < 0)
        return r;
    r = loop_run(&machines->loop, machines_timer, machines);
    return r < 0 ? r : machines->error;
}

int machines_run(const struct vm_context *context, const struct command_line *line,
                 const struct prepared_all *kernels)
{
    struct machines machines = {.context = context,
                                .line = line,
                                .kernels = kernels,
                                .interrupt = {context->interrupt_fd, machines_interrupted}};
    int r = loop_init(&machines.loop);

    if (r < 0)
        return r;
    machines.side_by_side = machines_side_by_side(&machines);
    machines.running = calloc(machines.side_by_side, sizeof(struct machine *));
    r = machines.running ? machines_loop(&machines) : err_r(ENOMEM, "cannot start the machines");
    for (size_t i = 0; machines.running && i < machines.side_by_side; i++)
        machine_free(&machines.running[i]);
    free(machines.running);
    loop_close(&machines.loop);
    vm_status_hide(context->status);
    return r;
}
