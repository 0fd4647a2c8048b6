// SPDX-License-Identifier: Apache-2.0
/* Each rule, by a small tree that breaks it and one that does not. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/rooms.h"
#include "check/table.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/tests/capture.h"

static char root[] = "/tmp/waypost-rooms-test-XXXXXX";

static const char *in_root(const char *path)
{
    static char text[256];

    snprintf(text, sizeof(text), "%s/%s", root, path);
    return text;
}

static void make_dirs(const char *path)
{
    char copy[256];

    snprintf(copy, sizeof(copy), "%s", path);
    for (char *slash = strchr(copy + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(copy, 0755);
        *slash = '/';
    }
}

static void put(const char *path, const char *text)
{
    _cleanup_fclose_ FILE *file = NULL;

    make_dirs(in_root(path));
    file = fopen(in_root(path), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
}

static void put_lines(const char *path, size_t n)
{
    _cleanup_fclose_ FILE *file = NULL;

    make_dirs(in_root(path));
    file = fopen(in_root(path), "we");
    assert_non_null(file);
    for (size_t i = 0; i < n; i++)
        fputs("int x;\n", file);
}

/* The rows behind the head of the table. */
static void put_table(const char *rows)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "# How\n\n| `agent/` | not this table | |\n\n## The rooms\n\n"
             "| room | job | may know |\n|---|---|---|\n%s\n## Decisions\n",
             rows);
    put("docs/architecture.md", text);
}

/* As the Makefile does it; NAME is ROOM/FILE. */
static void build(const char *name)
{
    char command[1024], object[128];

    snprintf(object, sizeof(object), "build/obj/harness/%s.o", name);
    make_dirs(in_root(object));
    snprintf(command, sizeof(command), "cc -I%s/harness -c -o %s/%s %s/harness/%s.c", root, root,
             object, root, name);
    assert_int_equal(system(command), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int make_root(void **state)
{
    (void)state;
    strcpy(root + strlen(root) - 6, "XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

enum rule { ROOMS, LENGTHS, CYCLES };

/* Fails unless the rule finds so many things, and says exactly that. */
static void expect(enum rule rule, int found, const char *said)
{
    _cleanup_(house_free) struct house house = {};
    _cleanup_json_ json_t *table = NULL;
    _cleanup_free_ char *text = NULL, *build_dir = strdup(in_root("build"));
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_int_equal(house_read(root, build_dir, &house), 0);
    if (rule == ROOMS) {
        assert_int_equal(table_read(in_root("docs/architecture.md"), &table), 0);
        assert_int_equal(rooms_check(&house, table, out), found);
    } else if (rule == LENGTHS) {
        assert_int_equal(rooms_check_lengths(&house, out), found);
    } else {
        assert_int_equal(rooms_check_cycles(&house, out), found);
    }
    fclose(out);
    assert_string_equal(text, said);
}

/* ---- the table ---- */

static void an_include_against_the_table(void **state)
{
    (void)state;
    put_table("| `net/` | links | libmnl |\n| `lab/` | labs | the kernel, `net/` |\n");
    put("harness/net/link.h", "#pragma once\n");
    put("harness/lab/up.h", "#include \"net/link.h\"\n");
    expect(ROOMS, 0, "");
    put("harness/net/link.h", "#pragma once\n\n#include \"lab/up.h\"\n");
    expect(ROOMS, 1, "harness/net/link.h:3: net/ must not know lab/: #include \"lab/up.h\"\n");
}

static void everything_above(void **state)
{
    (void)state;
    put_table("| `net/` | links | |\n| `cli/` | verbs | everything above |\n| `run/` | | |\n");
    put("harness/net/link.h", "");
    put("harness/run/run.h", "");
    put("harness/cli/up.h", "#include \"net/link.h\"\n");
    expect(ROOMS, 0, "");
    put("harness/cli/up.h", "#include \"net/link.h\"\n#include \"run/run.h\"\n");
    expect(ROOMS, 1, "harness/cli/up.h:2: cli/ must not know run/: #include \"run/run.h\"\n");
}

static void a_room_that_the_table_has_not(void **state)
{
    (void)state;
    put_table("| `net/` | links | |\n");
    put("harness/net/link.h", "");
    put("harness/cellar/wine.h", "");
    expect(ROOMS, 1,
           "harness/cellar/wine.h: the table of rooms (docs/architecture.md) has no 'cellar/'\n");
}

/* Nothing is included: the declaration is written out. */
static void a_call_against_the_table(void **state)
{
    (void)state;
    put_table("| `net/`, `lab/` | | |\n");
    put("harness/net/link.c", "int lab_up(void);\nint net_link(void) { return lab_up(); }\n");
    put("harness/lab/up.c", "int lab_up(void) { return 0; }\n");
    build("net/link");
    build("lab/up");
    expect(ROOMS, 1,
           "harness/net/link.c: net/ must not know lab/: it uses lab_up of harness/lab/up.c\n");
}

static void programs_are_rooms_too(void **state)
{
    (void)state;
    put_table("| `bpf/witness/` | | |\n| `lab/` | | `bpf/witness/` |\n| `net/` | | |\n");
    put("bpf/witness/event.h", "");
    put("harness/lab/witness.h", "#include \"witness/event.h\"\n");
    put("harness/net/link.h", "#include \"witness/event.h\"\n");
    expect(ROOMS, 1,
           "harness/net/link.h:1: net/ must not know bpf/witness/: #include \"witness/event.h\"\n");
}

static void tests_may_know_everything(void **state)
{
    (void)state;
    put_table("| `net/`, `lab/` | | |\n");
    put("harness/lab/up.h", "");
    put("harness/net/link.h", "");
    put("harness/net/tests/link_test.c", "#include \"lab/up.h\"\n");
    put("harness/net/fuzz/link_fuzz.c", "#include \"lab/up.h\"\n");
    expect(ROOMS, 0, "");
}

static void no_table(void **state)
{
    _cleanup_json_ json_t *table = NULL;
    struct capture capture;

    (void)state;
    put("docs/architecture.md", "# How\n\n| `net/` | links | |\n");
    capture_start(&capture);
    assert_int_equal(table_read(in_root("docs/architecture.md"), &table), -EINVAL);
    capture_end(&capture);
    assert_non_null(strstr(capture.last, "no table of rooms"));
}

/* ---- lengths ---- */

static void long_files(void **state)
{
    (void)state;
    put_lines("harness/cli/up.c", 400);
    expect(LENGTHS, 0, "");
    put_lines("harness/cli/up.c", 401);
    put_lines("harness/cli/tests/up_test.c", 499);
    expect(LENGTHS, 1, "harness/cli/up.c: 401 lines, more than 400\n");
}

static void put_room(const char *room, size_t lines)
{
    char path[64];

    for (size_t i = 0; lines > 0; i++) {
        size_t n = lines < 400 ? lines : 400;

        snprintf(path, sizeof(path), "harness/%s/f%zu.c", room, i);
        put_lines(path, n);
        lines -= n;
    }
}

static void long_rooms(void **state)
{
    (void)state;
    put_room("cli", 6500);
    put_room("net", 4600);
    expect(LENGTHS, 0, "");
    put_room("cli", 6501);
    put_room("net", 4601);
    expect(LENGTHS, 2,
           "cli/: 6501 lines, more than 6500\n"
           "net/: 4601 lines, more than 4600\n");
}

/* ---- cycles ---- */

static void a_cycle_by_include(void **state)
{
    (void)state;
    put("harness/net/link.h", "#pragma once\n#include \"net/plan.h\"\n");
    put("harness/net/plan.h", "#pragma once\n#include \"net/build.h\"\n");
    put("harness/net/build.h", "#pragma once\n");
    expect(CYCLES, 0, "");
    put("harness/net/build.h", "#pragma once\n#include \"net/link.h\"\n");
    expect(CYCLES, 1,
           "3 files depend on one another:\n"
           "    net/build.h -> net/link.h: includes \"net/link.h\"\n"
           "    net/link.h -> net/plan.h: includes \"net/plan.h\"\n"
           "    net/plan.h -> net/build.h: includes \"net/build.h\"\n");
}

/* No header includes another one: the .c files do. */
static void a_cycle_of_headers_and_bodies(void **state)
{
    (void)state;
    put("harness/net/link.h", "int net_link(void);\n");
    put("harness/net/plan.h", "int net_plan(void);\n");
    put("harness/net/link.c", "#include \"net/link.h\"\n#include \"net/plan.h\"\n"
                              "int net_link(void) { return net_plan(); }\n");
    put("harness/net/plan.c", "#include \"net/plan.h\"\nint net_plan(void) { return 0; }\n");
    build("net/link");
    build("net/plan");
    expect(CYCLES, 0, "");
    put("harness/net/plan.c", "#include \"net/link.h\"\nint net_plan(void) { return 0; }\n");
    build("net/plan");
    expect(CYCLES, 1,
           "2 files depend on one another:\n"
           "    net/link -> net/plan: includes \"net/plan.h\", uses net_plan\n"
           "    net/plan -> net/link: includes \"net/link.h\"\n");
}

/* All of it is declared in one header, which every file includes. */
static void a_cycle_by_call(void **state)
{
    static const char back[] =
        "#include \"net/all.h\"\nint net_plan(void) { return net_link(0); }\n";

    (void)state;
    put("harness/net/all.h", "int net_link(int n);\nint net_plan(void);\n");
    put("harness/net/link.c", "#include \"net/all.h\"\n"
                              "int net_link(int n) { return n ? net_plan() : 0; }\n");
    put("harness/net/plan.c", "#include \"net/all.h\"\nint net_plan(void) { return 0; }\n");
    build("net/link");
    build("net/plan");
    expect(CYCLES, 0, "");
    put("harness/net/plan.c", back);
    build("net/plan");
    expect(CYCLES, 1,
           "2 files depend on one another:\n"
           "    net/link -> net/plan: uses net_plan\n"
           "    net/plan -> net/link: uses net_link\n");
}

/* flow.h belongs to flow.c and to flow_answer.c: who includes it does not depend on flow.c. */
static void a_header_of_two_files(void **state)
{
    (void)state;
    put("harness/agent/flow.h", "/* Not flow_answer() alone. */\n"
                                "int flow(void);\nint flow_answer(int (*fn)(int answer));\n");
    put("harness/agent/flow.c", "#include \"agent/flow.h\"\n"
                                "int flow(void) { return flow_answer(0); }\n");
    put("harness/agent/flow_answer.c",
        "#include \"agent/flow.h\"\nint flow_answer(int (*fn)(int)) { return fn ? fn(1) : 0; }\n");
    build("agent/flow");
    build("agent/flow_answer");
    expect(CYCLES, 0, "");
    /* Named in a comment and called in a body, it is flow.c's alone. */
    put("harness/agent/flow.h", "/* Not flow_answer() alone. */\n#define FLOW flow_answer(0)\n"
                                "int flow(void);\n"
                                "static inline int flow_two(void) { return flow_answer(0); }\n");
    expect(CYCLES, 1,
           "2 files depend on one another:\n"
           "    agent/flow -> agent/flow_answer: uses flow_answer\n"
           "    agent/flow_answer -> agent/flow: includes \"agent/flow.h\"\n");
}

static void what_is_not_built_is_not_known(void **state)
{
    (void)state;
    put("harness/net/link.c", "int net_link(void) { return 0; }\n");
    put("harness/vm/guest/init.c", "int main(void) { return 0; }\n");
    expect(CYCLES, 1,
           "harness/net/link.c: it has not been built, so that nobody knows what it calls\n");
}

#define in_a_tree(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_tree(an_include_against_the_table),
        in_a_tree(everything_above),
        in_a_tree(a_room_that_the_table_has_not),
        in_a_tree(a_call_against_the_table),
        in_a_tree(programs_are_rooms_too),
        in_a_tree(tests_may_know_everything),
        in_a_tree(no_table),
        in_a_tree(long_files),
        in_a_tree(long_rooms),
        in_a_tree(a_cycle_by_include),
        in_a_tree(a_cycle_of_headers_and_bodies),
        in_a_tree(a_cycle_by_call),
        in_a_tree(a_header_of_two_files),
        in_a_tree(what_is_not_built_is_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
