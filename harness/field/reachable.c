// SPDX-License-Identifier: Apache-2.0
#include "field/reachable.h"

#include <string.h>

bool address_fits_service(const struct address *a)
{
    static const uint8_t gateway[4] = {169, 254, 1, 1}, broadcast[4] = {255, 255, 255, 255};
    const uint8_t *b = a->bytes;

    if (a->af == AF_INET && (b[0] >= 240 || (b[0] == 169 && b[1] == 254)))
        return memcmp(b, gateway, sizeof(gateway)) != 0 &&
               memcmp(b, broadcast, sizeof(broadcast)) != 0;
    return address_fits_lab(a);
}

bool address_fits_lab(const struct address *a)
{
    static const uint8_t zero[16];
    const uint8_t *b = a->bytes;

    if (a->af == AF_INET)
        return b[0] != 0 && b[0] != 127 && b[0] < 224 && !(b[0] == 169 && b[1] == 254) &&
               !(b[0] == 10 && b[1] == 127);
    return a->af == AF_INET6 && memcmp(b, zero, 14) != 0 && memcmp(b + 4, zero, 12) != 0 &&
           memcmp(b, (uint8_t[12]){[10] = 0xff, [11] = 0xff}, 12) != 0 &&
           !(b[0] == 0xfe && (b[1] & 0xc0) == 0x80) && b[0] != 0xff;
}

const struct reachable_pod *reachable_pod(const struct reachable *reachable,
                                          const struct address *address)
{
    struct address plain = address_unmapped(address);

    for (size_t i = 0; i < reachable->n_pods; i++)
        if (address_equal(&reachable->pods[i].v4, &plain) ||
            address_equal(&reachable->pods[i].v6, &plain))
            return &reachable->pods[i];
    return NULL;
}

const struct reachable_service *reachable_service(const struct reachable *reachable,
                                                  const struct address *address)
{
    struct address plain = address_unmapped(address);

    for (size_t i = 0; i < reachable->n_services; i++)
        if (address_equal(&reachable->services[i].v4, &plain) ||
            address_equal(&reachable->services[i].v6, &plain))
            return &reachable->services[i];
    return NULL;
}

struct predict_client reachable_managed(const struct reachable_pod *pod, enum family family)
{
    return (struct predict_client){pod->cookie, family == FAMILY_V6 ? pod->in_v6 : pod->in_v4};
}
