/* SPDX-License-Identifier: Apache-2.0 */
/* The Internet checksum (RFC 1071). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/address.h"

/* Adds the bytes, as 16-bit numbers in network order, to a sum that begins with 0. An odd number of
 * them only in the last call. */
uint32_t checksum_add(uint32_t sum, const void *bytes, size_t size);
/* What TCP, UDP and ICMPv6 add of the addresses, the protocol and the length of all behind them. */
uint32_t checksum_pseudo_header(const struct address *from, const struct address *to,
                                uint8_t protocol, size_t length);
/* The number for the header, in host order. */
uint16_t checksum_finish(uint32_t sum);
