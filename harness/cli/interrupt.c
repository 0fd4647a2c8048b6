// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.h"

#include <errno.h>
#include <stddef.h>

static const int interrupt_signals[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

/* A handler has no other way to say what it saw. */
static volatile sig_atomic_t interrupt_signal;

static void interrupt_on_signal(int signal)
{
    interrupt_signal = signal;
}

void interrupt_note(struct interrupt *interrupt)
{
    const struct sigaction action = {.sa_handler = interrupt_on_signal};

    interrupt_signal = 0;
    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++)
        sigaction(interrupt_signals[i], &action, &interrupt->before[i]);
}

int interrupt_noted(void)
{
    return interrupt_signal;
}

static int interrupt_asked(void *data)
{
    (void)data;
    return interrupt_signal ? -EINTR : 0;
}

const struct stop interrupt_stop = {.asked = interrupt_asked};

void interrupt_forget(void)
{
    interrupt_signal = 0;
}

void interrupt_release(struct interrupt *interrupt)
{
    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++)
        sigaction(interrupt_signals[i], &interrupt->before[i], NULL);
}
