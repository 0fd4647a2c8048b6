// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a configuration dump: refused with one message of one line, or made into a topology
 * that `waypost up` reads.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "field/import.h"
#include "topology/topology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char fuzz_last[512];
static size_t fuzz_refusals;

static void fuzz_expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s (%s)\n", what, fuzz_last);
    abort();
}

static void fuzz_message(enum log_level level, const char *message, void *data)
{
    (void)data;
    snprintf(fuzz_last, sizeof(fuzz_last), "%s", message);
    fuzz_refusals += level == LOG_ERROR;
    fuzz_expect(strpbrk(message, "\n\r\033") == NULL, "a message is one line");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Half of the inputs are looked at from a node. */
    struct import_options options = {.waypoint_port = 15008, .node = size % 2 ? "n1" : NULL};
    struct topology *t = NULL;
    size_t length = 0;
    char *text = NULL;
    int r;
    FILE *out = open_memstream(&text, &length);

    fuzz_refusals = 0;
    log_set_sink(fuzz_message, NULL);
    r = import_bytes("dump", data, size, &options, out);
    fclose(out);
    fuzz_expect(fuzz_refusals == (r < 0 ? 1 : 0), "one message for a refusal, none otherwise");
    if (r == 0)
        fuzz_expect(topology_parse("imported", text, length, &t) == 0, "what is written is read");
    topology_free(&t);
    free(text);
    return 0;
}
