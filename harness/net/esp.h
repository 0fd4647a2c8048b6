/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The xfrm states and policies of ESP tunnels, as messages. AES-GCM with a key of 128 bits; states
 * and policies belong together by their addresses (all have reqid 1). The marks are the contract's
 * (docs/contract-marks.md).
 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"

#define ESP_MARK_OUT 0xe0 /* what is to go through a tunnel */
#define ESP_MARK_IN  0xd0 /* what was taken out of one */

#define ESP_KEY_SIZE 20 /* 16, and 4 of salt */
#define ESP_WHY_MAX  96

/* What a kernel has to have for it, in words that `waypost doctor` and errors share. */
#define ESP_REMEDY                                                                                 \
    "CONFIG_XFRM_USER, CONFIG_INET_ESP, CONFIG_INET6_ESP, CONFIG_CRYPTO_AES and "                  \
    "CONFIG_CRYPTO_GCM (modprobe xfrm_user esp4 esp6 gcm)"

/* One direction of a tunnel; both addresses are of one family. */
struct esp_tunnel {
    const struct address *from, *to;
    uint32_t spi; /* over 255; host byte order */
    const uint8_t *key;
};

/* Puts the body of XFRM_MSG_NEWSA behind the header. `inbound`: the state of the end that takes
 * packets out, which gives them ESP_MARK_IN. */
void esp_put_state(struct nlmsghdr *nlh, const struct esp_tunnel *tunnel, bool inbound);
/*
 * Puts the body of XFRM_MSG_NEWPOLICY. `dir` is XFRM_POLICY_OUT: what has ESP_MARK_OUT and goes to
 * the network is sent through the tunnel; or XFRM_POLICY_IN or XFRM_POLICY_FWD: what has
 * ESP_MARK_IN and goes to the network has to have come out of the tunnel. A tunnel whose `from` has
 * only zeroes stands there for those from everywhere. Its SPI and key are not looked at.
 */
void esp_put_policy(struct nlmsghdr *nlh, uint8_t dir, const struct esp_tunnel *tunnel,
                    const struct address *network, uint32_t bits);

/*
 * Adds such a state for each family in the calling thread's network namespace, which is left with
 * them. A negative errno where the kernel refuses; `why` then has its own words, if it has any, and
 * is "" if not. Says nothing.
 */
int esp_try(char why[ESP_WHY_MAX]);
