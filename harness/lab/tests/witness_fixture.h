/* SPDX-License-Identifier: Apache-2.0 */
/* A lab of two pods with the witnesses in it, and calls that they see. */
#pragma once

#include "lab/tests/bpf_fixture.h"

#include <sys/socket.h>

#include "lab/witness.h"
#include "net/net.h"

static const char witness_topology[] = "pods: [{name: a}, {name: b}]\n";

/* The suite's own witness object stands in the build directory, next to the tests' one. */
static void use_built_objects(void)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/../bpf", fixture_directory);
    setenv("WAYPOST_OBJECTS", path, 1);
}

/* The namespaces of a lab have names below /run/netns: here in a /run of our own. */
FIXTURE_UNUSED static int private_run(void **state)
{
    int r = fixture_private(state);

    if (r < 0 || geteuid() != 0)
        return r;
    use_built_objects();
    unsetenv("WAYPOST_STATE"); /* a run's, which is below the /run that goes out of sight */
    return mount("tmpfs", "/run", "tmpfs", 0, NULL);
}

FIXTURE_UNUSED static struct lab *witnessed_lab(void)
{
    struct lab *lab = fixture_up(witness_topology);

    fixture_object("connect4", NULL);
    fixture_object("connect6", NULL);
    assert_int_equal(net_up(lab, NULL), 0);
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    assert_int_equal(witness_up(lab), 0);
    return lab;
}

FIXTURE_UNUSED static int witnessed_down(void **state)
{
    if (fixture.lab.topology)
        net_down(&fixture.lab, NULL);
    return fixture_down(state);
}

/* What one connect looked like to the caller. */
struct call {
    const char *pod;
    const char *to;
    int times;
};

static int make_calls(void *data)
{
    const struct call *call = data;
    struct sockaddr_storage sa;
    struct address_port to;
    socklen_t length;

    if (net_enter(&fixture.lab, call->pod) < 0 || address_port_parse(call->to, &to) < 0)
        return 1;
    length = address_port_to_sockaddr(&to, &sa);
    for (int i = 0; i < call->times; i++) {
        int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || connect(fd, (struct sockaddr *)&sa, length) < 0)
            return 2;
        close(fd);
    }
    return 0;
}

FIXTURE_UNUSED static void call(const char *pod, const char *to, int times)
{
    struct call c = {.pod = pod, .to = to, .times = times};

    assert_int_equal(fixture_in_pod(pod, make_calls, &c), 0);
}
