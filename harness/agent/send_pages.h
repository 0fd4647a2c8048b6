/* SPDX-License-Identifier: Apache-2.0 */
/* The methods in which the kernel takes pages instead of copying bytes. */
#pragma once

#include <sys/types.h>

#include "agent/sender.h"

/* As in struct send_method. */
ssize_t send_by_sendfile(struct sender *sender, const uint8_t *bytes, size_t length);
ssize_t send_by_splice(struct sender *sender, const uint8_t *bytes, size_t length);
ssize_t send_by_zerocopy(struct sender *sender, const uint8_t *bytes, size_t length);
/* Takes the completions that are there, without waiting. From any thread. */
void zerocopy_drain(struct sender *sender);
