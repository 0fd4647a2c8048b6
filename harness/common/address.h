/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, as the contract's maps hold them (docs/contract.md, "IP address, 16 bytes").
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The way a client's socket names its destination; the three forms every scenario runs in. */
enum family {
    FAMILY_V4,     /* an AF_INET socket */
    FAMILY_V6,     /* an AF_INET6 socket, an IPv6 destination */
    FAMILY_MAPPED, /* an AF_INET6 socket, the destination ::ffff:a.b.c.d */
};

/* "v4", "v6" or "mapped". */
const char *family_name(enum family family);
/* -EINVAL when there is no such family; says nothing. */
int family_from_name(const char *name, enum family *out);

/*
 * An IP address. `bytes` is in network byte order: IPv6 as it is, IPv4 in the first 4 bytes with
 * zeroes behind it. `af` is AF_INET, AF_INET6, or AF_UNSPEC for "none" (all bytes zero).
 */
struct address {
    int af;
    uint8_t bytes[16];
};

/* An address with a TCP or UDP port in host byte order. */
struct address_port {
    struct address address;
    uint16_t port;
};

/* Longest text of an address_port, "[v6]:port" and the terminator. */
#define ADDRESS_TEXT_MAX 64

/* Reads "10.0.0.1" or "fd00::1" (IPv4-mapped: AF_INET6). -EINVAL otherwise; says nothing. */
int address_parse(const char *text, struct address *out);
/* Reads "10.0.0.1:80" or "[fd00::1]:80". -EINVAL otherwise; says nothing. */
int address_port_parse(const char *text, struct address_port *out);
/* Writes the text form to out[ADDRESS_TEXT_MAX] and returns out; "none" for AF_UNSPEC. */
const char *address_text(const struct address *address, char out[ADDRESS_TEXT_MAX]);
const char *address_port_text(const struct address_port *ap, char out[ADDRESS_TEXT_MAX]);
bool address_equal(const struct address *a, const struct address *b);
bool address_port_equal(const struct address_port *a, const struct address_port *b);
/* From the 16 bytes of a map: last 12 zero is IPv4, all zero is none. */
struct address address_from_map(const uint8_t bytes[16]);
/* From the 16 bytes of a global variable: IPv4 is ::ffff:a.b.c.d, all zero is none. */
struct address address_from_variable(const uint8_t bytes[16]);
/* ::ffff:a.b.c.d becomes a.b.c.d; anything else stays as it is. */
struct address address_unmapped(const struct address *address);
/* a.b.c.d becomes ::ffff:a.b.c.d; anything else stays as it is. */
struct address address_mapped(const struct address *address);

/* From and to the kernel's socket addresses. -EAFNOSUPPORT for other families; says nothing. */
int address_port_from_sockaddr(const struct sockaddr *sa, socklen_t length,
                               struct address_port *out);
/* Fills *out and returns its length; `ap` must not be AF_UNSPEC. */
socklen_t address_port_to_sockaddr(const struct address_port *ap, struct sockaddr_storage *out);
