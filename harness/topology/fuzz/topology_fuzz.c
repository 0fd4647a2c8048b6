// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a topology: refused with exactly one message of one line, or read into a topology
 * that keeps the promises of topology.h.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "topology/entries.h"
#include "topology/topology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t fuzz_messages;

static void fuzz_expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static void fuzz_message(enum log_level level, const char *message, void *data)
{
    (void)level;
    (void)data;
    fuzz_messages++;
    fuzz_expect(strncmp(message, "f:", 2) == 0, "a message begins with the file");
    fuzz_expect(strpbrk(message, "\n\r\033") == NULL, "a message is one line");
}

static int fuzz_frontend(void *data, const struct address *address, uint32_t upstream)
{
    (void)data;
    /* Uid 0 is the DNS proxy's. */
    (void)upstream;
    fuzz_expect(address->af != AF_UNSPEC, "a frontend has an address");
    return 0;
}

static int fuzz_backend(void *data, uint32_t uid, const struct address *address,
                        const uint32_t *services, size_t n_services,
                        const struct address_port *waypoint)
{
    (void)data;
    (void)uid;
    (void)address;
    (void)services;
    fuzz_expect(n_services <= TOPOLOGY_POD_SERVICES, "a backend fits");
    fuzz_expect((waypoint->port == 0) == (waypoint->address.af == AF_UNSPEC), "a whole waypoint");
    return 0;
}

static void fuzz_address(const struct topology *t, const struct topology_pod *pod,
                         const struct address *address)
{
    const struct topology_pod *found = topology_pod_by_address(t, address);

    if (address->af == AF_UNSPEC)
        fuzz_expect(!found, "no address is nobody's");
    else
        fuzz_expect(found && topology_pods_share(found, pod), "an address is its pod's own");
}

static void fuzz_pod(const struct topology *t, const struct topology_pod *pod)
{
    fuzz_expect(topology_name_check(pod->name) == 0, "a pod's name");
    fuzz_expect(topology_pod(t, pod->name) == pod, "a pod's name is its own");
    fuzz_expect(pod->node < t->n_nodes, "a pod's node");
    fuzz_expect(pod->v4.af != AF_UNSPEC || pod->v6.af != AF_UNSPEC, "a pod's address");
    fuzz_address(t, pod, &pod->v4);
    fuzz_address(t, pod, &pod->v6);
    for (size_t i = 0; i < pod->n_more; i++)
        fuzz_address(t, pod, &pod->more[i]);
    for (size_t i = 0; i < pod->n_services; i++)
        fuzz_expect(pod->services[i] < t->n_services, "a pod's service");
    for (size_t i = 0; i < pod->n_listeners; i++)
        fuzz_expect(pod->listeners[i].port != 0, "a listener's port");
}

static void fuzz_service(const struct topology *t, const struct topology_service *service)
{
    fuzz_expect(topology_service(t, service->name) == service, "a service's name is its own");
    fuzz_expect(topology_pod(t, service->name) == NULL, "and no pod's");
    if (service->v4.af != AF_UNSPEC)
        fuzz_expect(topology_frontend(t, &service->v4)->service == service, "a service's address");
    for (size_t i = 0; i < service->n_more; i++)
        fuzz_expect(topology_frontend(t, &service->more[i])->service == service,
                    "another address of a service");
    for (size_t i = 0; i < service->n_endpoints; i++) {
        fuzz_expect(service->endpoints[i].pod < t->n_pods, "an endpoint's pod");
        fuzz_expect(service->endpoints[i].priority < TOPOLOGY_PRIORITIES, "a priority");
    }
}

static void fuzz_policy(const struct topology *t, size_t i)
{
    const struct policy *policy = &t->policies.list[i];

    fuzz_expect(policy->id != 0, "a policy's id");
    fuzz_expect(policy->n_rules <= POLICY_REFS_MAX, "room for the rules");
    fuzz_expect(policy_text_check(policy->name) == 0, "a policy's name");
    for (size_t j = 0; j < policy->n_pods; j++) {
        const struct topology_pod *pod;

        fuzz_expect(policy->pods[j] < t->n_pods, "a policy's pod");
        pod = &t->pods[policy->pods[j]];
        fuzz_expect(pod->n_policies > 0 && pod->n_policies <= POLICY_POD_MAX, "a pod's policies");
    }
}

static void fuzz_topology(const struct topology *t)
{
    static const struct entries_visitor visitor = {.frontend = fuzz_frontend,
                                                   .backend = fuzz_backend};

    fuzz_expect(t->n_nodes > 0 && t->n_pods > 0, "a node and a pod");
    for (size_t i = 0; i < t->n_pods; i++)
        fuzz_pod(t, &t->pods[i]);
    for (size_t i = 0; i < t->n_services; i++)
        fuzz_service(t, &t->services[i]);
    for (size_t i = 0; i < t->policies.n; i++)
        fuzz_policy(t, i);
    fuzz_expect(entries_visit(t, FAMILY_V4, &visitor, NULL) == 0, "entries for v4");
    fuzz_expect(entries_visit(t, FAMILY_V6, &visitor, NULL) == 0, "entries for v6");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct topology *t = NULL;
    int r;

    fuzz_messages = 0;
    log_set_sink(fuzz_message, NULL);
    r = topology_parse("f", (const char *)data, size, &t);
    fuzz_expect(fuzz_messages == (r < 0 ? 1 : 0), "one message for a refusal, none otherwise");
    fuzz_expect((t == NULL) == (r < 0), "a topology, or a refusal");
    if (t)
        fuzz_topology(t);
    topology_free(&t);
    return 0;
}
