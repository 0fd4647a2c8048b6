// SPDX-License-Identifier: Apache-2.0
#include "common/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

static const char *const family_names[] = {"v4", "v6", "mapped"};
static const uint8_t address_mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

const char *family_name(enum family family)
{
    return family_names[family];
}

int family_from_name(const char *name, enum family *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(family_names); i++) {
        if (strcmp(name, family_names[i]) == 0) {
            *out = (enum family)i;
            return 0;
        }
    }
    return -EINVAL;
}

int address_parse(const char *text, struct address *out)
{
    struct address address = {.af = strchr(text, ':') ? AF_INET6 : AF_INET};

    if (inet_pton(address.af, text, address.bytes) != 1)
        return -EINVAL;
    *out = address;
    return 0;
}

static int address_parse_port(const char *text, uint16_t *out)
{
    unsigned long port;
    char *end;

    if (*text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    port = strtoul(text, &end, 10);
    if (errno || *end || port > UINT16_MAX)
        return -EINVAL;
    *out = (uint16_t)port;
    return 0;
}

int address_port_parse(const char *text, struct address_port *out)
{
    char host[ADDRESS_TEXT_MAX];
    struct address_port ap;
    bool brackets = *text == '[';
    const char *colon = strrchr(text, ':');
    size_t length;

    if (!colon)
        return -EINVAL;
    length = (size_t)(colon - text);
    if (brackets) {
        if (length < 3 || text[length - 1] != ']')
            return -EINVAL;
        text++;
        length -= 2;
    }
    if (length >= sizeof(host))
        return -EINVAL;
    memcpy(host, text, length);
    host[length] = '\0';
    if (address_parse(host, &ap.address) < 0 || brackets != (ap.address.af == AF_INET6))
        return -EINVAL;
    if (address_parse_port(colon + 1, &ap.port) < 0)
        return -EINVAL;
    *out = ap;
    return 0;
}

const char *address_text(const struct address *address, char out[ADDRESS_TEXT_MAX])
{
    if (address->af == AF_UNSPEC || !inet_ntop(address->af, address->bytes, out, ADDRESS_TEXT_MAX))
        snprintf(out, ADDRESS_TEXT_MAX, "none");
    return out;
}

const char *address_port_text(const struct address_port *ap, char out[ADDRESS_TEXT_MAX])
{
    char host[ADDRESS_TEXT_MAX];

    address_text(&ap->address, host);
    snprintf(out, ADDRESS_TEXT_MAX, ap->address.af == AF_INET6 ? "[%.45s]:%u" : "%.45s:%u", host,
             ap->port);
    return out;
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->af == b->af && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool address_port_equal(const struct address_port *a, const struct address_port *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

struct address address_from_map(const uint8_t bytes[16])
{
    static const uint8_t zero[16];
    struct address address = {.af = AF_INET6};

    if (memcmp(bytes + 4, zero, 12) == 0)
        address.af = memcmp(bytes, zero, 4) == 0 ? AF_UNSPEC : AF_INET;
    memcpy(address.bytes, bytes, 16);
    return address;
}

struct address address_from_variable(const uint8_t bytes[16])
{
    static const uint8_t zero[16];
    struct address a = {.af = AF_INET6};

    if (memcmp(bytes, zero, sizeof(zero)) == 0)
        return (struct address){.af = AF_UNSPEC};
    memcpy(a.bytes, bytes, sizeof(a.bytes));
    return address_unmapped(&a);
}

struct address address_unmapped(const struct address *address)
{
    struct address v4 = {.af = AF_INET};

    if (address->af != AF_INET6 ||
        memcmp(address->bytes, address_mapped_prefix, sizeof(address_mapped_prefix)) != 0)
        return *address;
    memcpy(v4.bytes, address->bytes + 12, 4);
    return v4;
}

struct address address_mapped(const struct address *address)
{
    struct address v6 = {.af = AF_INET6};

    if (address->af != AF_INET)
        return *address;
    memcpy(v6.bytes, address_mapped_prefix, sizeof(address_mapped_prefix));
    memcpy(v6.bytes + 12, address->bytes, 4);
    return v6;
}

int address_port_from_sockaddr(const struct sockaddr *sa, socklen_t length,
                               struct address_port *out)
{
    struct address_port ap = {.address.af = sa->sa_family};

    if (sa->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *sin = (const struct sockaddr_in *)sa;

        memcpy(ap.address.bytes, &sin->sin_addr, 4);
        ap.port = ntohs(sin->sin_port);
    } else if (sa->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)sa;

        memcpy(ap.address.bytes, &sin6->sin6_addr, 16);
        ap.port = ntohs(sin6->sin6_port);
    } else {
        return -EAFNOSUPPORT;
    }
    *out = ap;
    return 0;
}

socklen_t address_port_to_sockaddr(const struct address_port *ap, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof(*out));
    if (ap->address.af == AF_INET) {
        struct sockaddr_in *sin = (struct sockaddr_in *)out;

        sin->sin_family = AF_INET;
        memcpy(&sin->sin_addr, ap->address.bytes, 4);
        sin->sin_port = htons(ap->port);
        return sizeof(*sin);
    }
    struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)out;

    sin6->sin6_family = AF_INET6;
    memcpy(&sin6->sin6_addr, ap->address.bytes, 16);
    sin6->sin6_port = htons(ap->port);
    return sizeof(*sin6);
}
