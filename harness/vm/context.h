/* SPDX-License-Identifier: Apache-2.0 */
/* What everything that is done for virtual machines is done with. */
#pragma once

#include "run/site.h"
#include "vm/status.h"

struct vm_context {
    const struct site *site;
    const char *cache;        /* where kernels and images are kept: $WAYPOST_CACHE */
    struct vm_status *status; /* for whoever watches */
    int interrupt_fd;         /* readable when a person has ended the run */
};
