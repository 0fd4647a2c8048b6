/* SPDX-License-Identifier: Apache-2.0 */
/* The methods that go through io_uring. */
#pragma once

#include <sys/types.h>

#include "agent/sender.h"

/* As in struct send_method. A kernel without io_uring, or that does not let us have it, shows as
 * what io_uring_setup answers: -ENOSYS or -EPERM. */
ssize_t send_by_io_uring(struct sender *sender, const uint8_t *bytes, size_t length);
ssize_t send_by_io_uring_zc(struct sender *sender, const uint8_t *bytes, size_t length);
void sender_uring_free(struct sender_uring **uring);
