/* SPDX-License-Identifier: Apache-2.0 */
/* All tests of one object. */
#pragma once

#include "unit/report.h"

struct unit_request {
    struct unit_settings settings;
    const char *const *filters; /* parts of "OBJECT: TEST", NULL-terminated; NULL or none: all */
    bool fresh;                 /* each test gets maps of its own, whatever the object says */
};

/* Whether the request's filters select the test. */
bool unit_suite_wants(const struct unit_request *request, const struct unit_object *object,
                      const struct unit_test *test);
/*
 * Runs the object's tests in the order of their names, in a network namespace of their own. An
 * object whose tests have a jump is loaded anew for each of them; of one whose tests have a setup,
 * all tests share the maps. An object that cannot be read or loaded is a failed test. Returns how
 * many tests the filters select.
 */
size_t unit_suite_run(const char *path, const struct unit_request *request,
                      struct unit_report *report);
