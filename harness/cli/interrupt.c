// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.h"

#include <stddef.h>

static const int interrupt_signals[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

/* A handler has no other way to say what it saw. */
static volatile sig_atomic_t interrupt_signal;

static void interrupt_on_signal(int signal)
{
    interrupt_signal = signal;
}

static void interrupt_set(void (*handler)(int), struct sigaction *before)
{
    const struct sigaction action = {.sa_handler = handler};

    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++)
        sigaction(interrupt_signals[i], &action, before ? &before[i] : NULL);
}

void interrupt_note(struct interrupt *interrupt)
{
    interrupt_signal = 0;
    interrupt_set(interrupt_on_signal, interrupt->before);
}

int interrupt_noted(void)
{
    return interrupt_signal;
}

void interrupt_ignore(struct interrupt *interrupt)
{
    interrupt_set(SIG_IGN, interrupt->before);
}

void interrupt_stop_noting(void)
{
    interrupt_set(SIG_IGN, NULL);
}

void interrupt_release(struct interrupt *interrupt)
{
    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++)
        sigaction(interrupt_signals[i], &interrupt->before[i], NULL);
}
