// SPDX-License-Identifier: Apache-2.0
/* What docs/topologies.md shows is a topology, and so is every file in topologies/. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "topology/topology.h"

static void parses(const char *name, const char *text, size_t length)
{
    struct topology *t = NULL;

    assert_int_equal(topology_parse(name, text, length, &t), 0);
    topology_free(&t);
}

/* Every block of the page that is marked as YAML. */
static void the_documented_examples_are_topologies(void **state)
{
    _cleanup_fclose_ FILE *page = fopen("docs/topologies.md", "r");
    _cleanup_free_ char *line = NULL, *text = NULL;
    size_t line_room = 0, length = 0, examples = 0;
    FILE *block = NULL;

    (void)state;
    assert_non_null(page);
    while (getline(&line, &line_room, page) > 0) {
        if (!block && strcmp(line, "```yaml\n") == 0) {
            block = open_memstream(&text, &length);
            assert_non_null(block);
        } else if (block && strcmp(line, "```\n") == 0) {
            fclose(TAKE_PTR(block));
            parses("docs/topologies.md", text, length);
            free(TAKE_PTR(text));
            examples++;
        } else if (block) {
            fputs(line, block);
        }
    }
    assert_null(block);
    assert_true(examples >= 2);
}

static void the_topologies_of_the_suites_are_right(void **state)
{
    glob_t files;

    (void)state;
    assert_int_equal(glob("topologies/*.yaml", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct topology *t = NULL;

        if (topology_read(files.gl_pathv[i], &t) < 0)
            fail_msg("%s is not", files.gl_pathv[i]);
        assert_string_equal(t->file, files.gl_pathv[i]);
        topology_free(&t);
    }
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_examples_are_topologies),
        cmocka_unit_test(the_topologies_of_the_suites_are_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
