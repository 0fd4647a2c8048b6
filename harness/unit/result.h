/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a check program left in suite_result_map, a protobuf message:
 *
 *   SuiteResult { repeated TestResult results = 1; repeated Log log = 2; }
 *   TestResult  { string name = 1; Status status = 2; repeated Log log = 3; }
 *   Log         { string fmt = 1; repeated fixed64 args = 2; }
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unit/lines.h"

enum unit_status {
    UNIT_ERROR,
    UNIT_PASS,
    UNIT_FAIL,
    UNIT_SKIP,
};

/* Statuses in results, and what check programs return: 0 to 3; in newer objects of Cilium's 100 to
 * 103, so that no verdict on a packet looks like one. */
#define UNIT_STATUS_NEW 100
bool unit_status_read(uint64_t value, enum unit_status *out);

#define RESULT_CASES_MAX 256
#define RESULT_ARGS_MAX  16

struct result_case {
    char *name;
    enum unit_status status;
    struct strings log;
};

struct result {
    struct result_case *cases;
    size_t n_cases;
    struct strings log;
};

/*
 * Reads a map's value; behind the message it is zero. -EBADMSG for a message that makes no sense,
 * with the reason in `why`: unknown fields, statuses and types, a test without a name, anything
 * behind the end. What was read before is in *out, which the caller frees either way.
 */
int result_read(const void *value, size_t size, struct result *out, struct strings *why);
void result_free(struct result *result);
