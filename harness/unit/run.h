/* SPDX-License-Identifier: Apache-2.0 */
/* One test: its programs, one after the other, by BPF_PROG_TEST_RUN. */
#pragma once

#include <bpf/libbpf.h>

#include "unit/object.h"
#include "unit/result.h"

struct unit_outcome {
    enum unit_status status; /* of the test as a whole, whatever its cases say */
    struct strings says;     /* the reason of an error or a skip */
    struct result result;    /* what check wrote */
};

/*
 * Runs the test in an object that is loaded, and clears its result map again. The packet and the
 * context go from one program to the next; the middle program's return code stands as a u32 in
 * front of the packet that check sees. Skipped where the running kernel cannot run such programs.
 */
void unit_run(struct bpf_object *elf, const struct unit_test *test, struct unit_outcome *out);
void unit_outcome_free(struct unit_outcome *outcome);
