// SPDX-License-Identifier: Apache-2.0
#include "agent/manage.h"

#include <errno.h>
#include <sys/socket.h>

#include "common/address.h"
#include "common/cleanup.h"

#define MANAGE_PORT_ENABLE  929
#define MANAGE_PORT_DISABLE 930

static struct address_port manage_address(const struct manage_request *request)
{
    struct address_port to = {.address = {AF_INET, {0, 0, 0, 2}},
                              .port = request->enable ? MANAGE_PORT_ENABLE : MANAGE_PORT_DISABLE};

    if (request->family == FAMILY_V6)
        to.address = (struct address){AF_INET6, {[15] = 2}};
    else if (request->family == FAMILY_MAPPED)
        to.address = address_mapped(&to.address);
    return to;
}

int manage_connect(const struct manage_request *request)
{
    struct address_port to = manage_address(request);
    struct sockaddr_storage sa;
    socklen_t length = address_port_to_sockaddr(&to, &sa);
    _cleanup_close_ int fd = socket(to.address.af, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *)&sa, length) < 0 && errno != EINPROGRESS)
        return -errno;
    return 0;
}
