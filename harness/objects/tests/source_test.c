// SPDX-License-Identifier: Apache-2.0
/* Where the suite's own objects are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "objects/source.h"

static void the_suites_own_objects_lie_where_they_are_said_to(void **state)
{
    char root[] = "/tmp/waypost-own-XXXXXX", dir[64];
    _cleanup_free_ char *found = NULL;
    struct capture capture;

    (void)state;
    capture_start(&capture);
    assert_non_null(mkdtemp(root));
    snprintf(dir, sizeof(dir), "%s/datapath", root);
    setenv("WAYPOST_OBJECTS", root, 1);
    assert_int_equal(programs_own_dir("datapath", &found), -ENOENT);
    assert_non_null(strstr(capture.last, dir));
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(programs_own_dir("datapath", &found), 0);
    assert_string_equal(found, dir);
    unsetenv("WAYPOST_OBJECTS");
    rmdir(dir);
    rmdir(root);
    capture_end(&capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_suites_own_objects_lie_where_they_are_said_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
