// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a bundle: refused with exactly one message of one line, or read, and then what is
 * built on it (the cluster, what its flows reach, what the contract says of them) keeps its limits.
 *
 * The first byte says as what: 'a' an archive (a plain tar is one, too); 'm' a directory, whose
 * files are separated by lines "%%": manifest.json and then those of fuzz_files; 'd' the same
 * without a manifest, which is made here with the right sizes and digests.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "bundle/bundle.h"
#include "bundle/pack.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/tree.h"
#include "field/predict.h"
#include "field/reachable_find.h"
#include "field/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const fuzz_files[] = {"maps.json",           "node.json",
                                         "flows.json",          "maps/km_frontend.bin",
                                         "maps/km_service.bin", "maps/km_endpoint.bin",
                                         "maps/km_backend.bin"};

static char fuzz_dir[64], fuzz_path[96];
static size_t fuzz_refusals;
static bool fuzz_may_warn;

static void fuzz_expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static void fuzz_message(enum log_level level, const char *message, void *data)
{
    (void)data;
    fuzz_refusals += level == LOG_ERROR;
    fuzz_expect(level == LOG_ERROR || fuzz_may_warn, "reading says nothing but a refusal");
    fuzz_expect(strpbrk(message, "\n\r\033") == NULL, "a message is one line");
}

static void fuzz_remove(void)
{
    tree_remove(fuzz_path);
    (void)unlink(fuzz_path);
    (void)rmdir(fuzz_dir);
}

static void fuzz_prepare(void)
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    if (*fuzz_dir)
        return;
    snprintf(fuzz_dir, sizeof(fuzz_dir), "%s/waypost-fuzz.XXXXXX", base);
    fuzz_expect(mkdtemp(fuzz_dir) != NULL, "a directory");
    snprintf(fuzz_path, sizeof(fuzz_path), "%s/b", fuzz_dir);
    setenv("TMPDIR", fuzz_dir, 1);
    atexit(fuzz_remove);
}

static void fuzz_write(const char *name, const void *bytes, size_t n)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s%s%s", fuzz_path, *name ? "/" : "", name);
    f = fopen(path, "we");
    fuzz_expect(f && (n == 0 || fwrite(bytes, 1, n, f) == n), "a file");
    fclose(f);
}

/* The next of the files; what is behind it becomes the rest. */
static size_t fuzz_cut(const uint8_t **data, size_t *size)
{
    const uint8_t *end = memmem(*data, *size, "\n%%\n", 4);
    size_t n = end ? (size_t)(end - *data) : *size;

    *data += end ? n + 4 : n;
    *size -= end ? n + 4 : n;
    return n;
}

static void fuzz_write_dir(const uint8_t *data, size_t size, bool make_manifest)
{
    char manifest[4096] = "{\"waypost_bundle\": 1, \"files\": [";
    size_t used = strlen(manifest);
    char maps[128];

    snprintf(maps, sizeof(maps), "%s/maps", fuzz_path);
    fuzz_expect(mkdir(fuzz_path, 0700) == 0 && mkdir(maps, 0700) == 0, "directories");
    for (size_t i = make_manifest ? 1 : 0; i <= ARRAY_SIZE(fuzz_files) && size; i++) {
        const uint8_t *part = data;
        size_t n = fuzz_cut(&data, &size);

        fuzz_write(i ? fuzz_files[i - 1] : "manifest.json", part, n);
        used += (size_t)snprintf(manifest + used, sizeof(manifest) - used,
                                 "%s{\"name\": \"%s\", \"size\": %zu, \"xxh3\": \"%016llx\"}",
                                 i > 1 ? ", " : "", i ? fuzz_files[i - 1] : "", n,
                                 (unsigned long long)XXH3_64bits(part, n));
    }
    snprintf(manifest + used, sizeof(manifest) - used, "]}");
    if (make_manifest)
        fuzz_write("manifest.json", manifest, strlen(manifest));
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bundle *b = NULL;
    int r;

    if (size == 0)
        return 0;
    fuzz_prepare();
    if (*data == 'm' || *data == 'd')
        fuzz_write_dir(data + 1, size - 1, *data == 'd');
    else
        fuzz_write("", data + 1, size - 1);
    fuzz_refusals = 0;
    fuzz_may_warn = false;
    log_set_sink(fuzz_message, NULL);
    r = bundle_open(fuzz_path, &b);
    fuzz_expect(fuzz_refusals == (r < 0 ? 1 : 0), "one message for a refusal, none otherwise");
    fuzz_expect((b == NULL) == (r < 0), "a bundle, or a refusal");
    fuzz_may_warn = true;
    if (b)
        fuzz_use(b);
    fuzz_expect(fuzz_refusals <= 1, "one message for a refusal");
    bundle_free(&b);
    if (*data == 'm' || *data == 'd')
        tree_remove(fuzz_path);
    else
        unlink(fuzz_path);
    return 0;
}
