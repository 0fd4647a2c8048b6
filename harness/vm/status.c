// SPDX-License-Identifier: Apache-2.0
#include "vm/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/terminal.h"

#define STATUS_TERMINAL_NS 1000000000LL
#define STATUS_PLAIN_NS    60000000000LL
#define STATUS_WIDTH       80 /* of a terminal that does not say */

void vm_status_init(struct vm_status *status)
{
    const char *ci = getenv("CI");

    *status = (struct vm_status){.is_terminal = isatty(STDERR_FILENO) && !(ci && *ci),
                                 .last_ns = clock_ns()};
}

int64_t vm_status_due(const struct vm_status *status)
{
    return status->last_ns + (status->is_terminal ? STATUS_TERMINAL_NS : STATUS_PLAIN_NS);
}

static int status_width(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return STATUS_WIDTH;
    return size.ws_col;
}

void vm_status_show(struct vm_status *status, const char *line)
{
    if (clock_ns() < vm_status_due(status))
        return;
    fflush(stdout);
    if (status->is_terminal) {
        terminal_control(stderr, "\r\033[K");
        /* One column less: a full line would wrap. */
        fprintf(stderr, "%.*s", status_width() - 1, line);
    } else {
        fprintf(stderr, "%s\n", line);
    }
    status->is_shown = status->is_terminal;
    status->last_ns = clock_ns();
}

void vm_status_hide(struct vm_status *status)
{
    if (status->is_shown)
        terminal_control(stderr, "\r\033[K");
    status->is_shown = false;
    status->last_ns = clock_ns();
}
