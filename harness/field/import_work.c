// SPDX-License-Identifier: Apache-2.0
#include "field/import_work.h"

#include <string.h>

#include "field/reachable.h"

const char *import_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

bool import_address(const char *text, bool service, struct address *out)
{
    const char *slash = strrchr(text, '/');

    return address_parse(slash ? slash + 1 : text, out) == 0 &&
           (service ? address_fits_service(out) : address_fits_lab(out));
}

/* Which only a waypoint may have. */
static bool import_is_loopback(const struct address *a)
{
    static const uint8_t one[16] = {[15] = 1};

    return a->af == AF_INET ? a->bytes[0] == 127
                            : a->af == AF_INET6 && memcmp(a->bytes, one, sizeof(one)) == 0;
}

const char *import_service_waypoint(const json_t *service)
{
    return import_text(json_object_get(service, "waypoint"), "destination");
}

const char *import_waypoint(const struct import_work *w, const char *text, struct address *address)
{
    char plain[ADDRESS_TEXT_MAX];
    const char *host = json_string_value(json_object_get(w->hosts, text));

    *address = (struct address){};
    if (host)
        return host;
    if (!import_address(text, true, address) && !import_is_loopback(address)) {
        *address = (struct address){};
        return NULL;
    }
    return json_string_value(json_object_get(w->owners, address_text(address, plain)));
}
