/* SPDX-License-Identifier: Apache-2.0 */
/* With "also": one datagram to each destination, and what comes back. */
#pragma once

#include <jansson.h>

#include "agent/flow.h"

/* `send` sends one datagram to flow->sender.to; `buffer` has room for one. */
int flow_send_datagrams(struct flow *flow, uint8_t *buffer,
                        int (*send)(struct flow *flow, const uint8_t *bytes, size_t length));
void flow_note_reply(struct flow *flow, const struct address_port *source, const uint8_t *bytes,
                     size_t length);
/* One element per reply: whom it answers (null: nobody) when `asked`, else where it came from. */
json_t *flow_describe_replies(const struct flow *flow, bool asked);
