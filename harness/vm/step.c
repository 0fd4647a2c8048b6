// SPDX-License-Identifier: Apache-2.0
#include "vm/step.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "run/progress.h"
#include "vm/tail.h"

static void step_show(const struct vm_context *context, const struct vm_step *step,
                      int64_t started_ns)
{
    char elapsed[PROGRESS_TIME_MAX], last[TAIL_MAX] = "", line[2 * TAIL_MAX];

    progress_time((clock_ns() - started_ns) / 1000000, elapsed);
    if (step->log)
        tail_line(step->log, last);
    snprintf(line, sizeof(line), "%s, %s%s%s", step->title, elapsed, *last ? ": " : "", last);
    vm_status_show(context->status, line);
}

static int step_wait(const struct vm_context *context, const struct vm_step *step,
                     struct process *process)
{
    int64_t started_ns = clock_ns();
    int r;

    for (;;) {
        r = deadline_wait(process->pidfd, POLLIN, context->interrupt_fd,
                          vm_status_due(context->status));
        if (r != -ETIME)
            return r;
        step_show(context, step, started_ns);
    }
}

int vm_step_run(const struct vm_context *context, const struct vm_step *step, int *status)
{
    struct process_spec spec = step->process;
    _cleanup_close_ int log_fd = -1;
    struct process process;
    int r;

    if (step->log) {
        log_fd = open(step->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (log_fd < 0)
            return err_r(errno, "cannot write '%s'", step->log);
        spec.out = log_fd;
        spec.err = PROCESS_LIKE_OUT;
    }
    spec.in = PROCESS_NULL;
    spec.dies_with_caller = true;
    r = process_start(&spec, &process);
    if (r < 0)
        return r;
    r = step_wait(context, step, &process);
    vm_status_hide(context->status);
    if (r < 0) {
        process_kill(&process);
        return r;
    }
    return process_wait(&process, -1, status);
}
