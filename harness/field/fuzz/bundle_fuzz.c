// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a bundle: refused with exactly one message of one line, or read, and then what is
 * built on it (the cluster, what its flows reach, what the contract says of them) keeps its limits.
 *
 * The first byte says as what: 'a' an archive (a plain tar is one, too); 'm' files, separated by
 * lines "%%": manifest.json and then those of fuzz_files; 'd' the same without a manifest, which is
 * made here with the right sizes and digests. All of it stays in memory.
 */
#include <xxhash.h>

#include "bundle/bundle.h"
#include "bundle/pack.h"
#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "field/predict.h"
#include "field/reachable_find.h"
#include "field/settings.h"

static const char *const fuzz_files[] = {"maps.json",           "node.json",
                                         "flows.json",          "maps/km_frontend.bin",
                                         "maps/km_service.bin", "maps/km_endpoint.bin",
                                         "maps/km_backend.bin"};

static void fuzz_add(struct memory_files *memory, const char *name, const void *bytes, size_t n)
{
    fuzz_expect(memory_files_add(memory, name) == 0 && memory_files_append(memory, bytes, n) == 0,
                "a file");
}

static void fuzz_fill(struct memory_files *memory, const uint8_t *data, size_t size,
                      bool make_manifest)
{
    char manifest[4096] = "{\"waypost_bundle\": 1, \"files\": [";
    size_t used = strlen(manifest);

    for (size_t i = make_manifest ? 1 : 0; i <= ARRAY_SIZE(fuzz_files) && size; i++) {
        const uint8_t *part = data;
        size_t n = fuzz_cut(&data, &size);

        fuzz_add(memory, i ? fuzz_files[i - 1] : "manifest.json", part, n);
        used += (size_t)snprintf(manifest + used, sizeof(manifest) - used,
                                 "%s{\"name\": \"%s\", \"size\": %zu, \"xxh3\": \"%016llx\"}",
                                 i > 1 ? ", " : "", i ? fuzz_files[i - 1] : "", n,
                                 (unsigned long long)XXH3_64bits(part, n));
    }
    snprintf(manifest + used, sizeof(manifest) - used, "]}");
    if (make_manifest)
        fuzz_add(memory, "manifest.json", manifest, strlen(manifest));
}

static void fuzz_flow(const struct cluster *cluster, const struct reachable *reachable,
                      const struct reachable_flow *flow)
{
    fuzz_expect(flow->n_to > 0 && flow->n_to <= REACHABLE_CONNECTS_MAX, "a flow's connects");
    fuzz_expect(flow->client < reachable->n_pods && reachable->pods[flow->client].is_client,
                "a client");
    for (size_t i = 0; i < flow->n_to; i++) {
        struct predict_client client =
            reachable_managed(&reachable->pods[flow->client], flow->family);
        struct prediction p;

        fuzz_expect(predict(cluster, &client, &flow->to[i], &p) == 0, "a prediction");
        fuzz_expect(p.n > 0 && p.n <= PREDICT_MAX + 1 && p.row, "an outcome and a row");
        prediction_release(&p);
    }
}

/* What repro makes of it. */
static void fuzz_use(const struct bundle *b)
{
    struct cluster cluster = {};
    struct reachable *reachable = NULL;
    struct field_settings settings;

    if (cluster_from_bundle(b, &cluster) == 0 && field_settings_read(b, &settings) == 0 &&
        reachable_find(b, &cluster, b->flows, &reachable) == 0) {
        fuzz_expect(reachable->n_pods <= REACHABLE_PODS_MAX &&
                        reachable->n_flows <= REACHABLE_FLOWS_MAX &&
                        reachable->n_services <= REACHABLE_SERVICES_MAX,
                    "what is reached is limited");
        for (size_t i = 0; i < reachable->n_flows; i++)
            fuzz_flow(&cluster, reachable, &reachable->flows[i]);
    }
    free(reachable);
    cluster_free(&cluster);
}

static int fuzz_read(const uint8_t *data, size_t size, struct bundle **out)
{
    struct memory_files memory = {};
    int r = 0;

    if (*data == 'm' || *data == 'd')
        fuzz_fill(&memory, data + 1, size - 1, *data == 'd');
    else
        r = pack_read_memory("b", data + 1, size - 1, &memory);
    if (r == 0)
        r = bundle_open_memory("b", &memory, out);
    memory_files_free(&memory);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bundle *b = NULL;
    int r;

    if (size == 0)
        return 0;
    fuzz_listen();
    r = fuzz_read(data, size, &b);
    fuzz_expect_said(r);
    fuzz_expect(fuzz_messages == fuzz_errors, "reading says nothing but a refusal");
    fuzz_expect((b == NULL) == (r < 0), "a bundle, or a refusal");
    if (b)
        fuzz_use(b);
    fuzz_expect(fuzz_errors <= 1, "one message for a refusal");
    bundle_free(&b);
    return 0;
}
