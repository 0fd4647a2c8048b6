// SPDX-License-Identifier: Apache-2.0
/* Which tests run, of directories of fixtures; and files that nobody but bats would understand. */
#include "select/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/families.h"
#include "select/durations.h"

#define FIXTURES "harness/run/tests/fixtures/"
#define TIMES    FIXTURES "select/times.txt"

static char said[4096];

static void select_hear(enum log_level level, const char *message, void *data)
{
    (void)level;
    (void)data;
    snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", message);
}

static int select_setup(void **state)
{
    (void)state;
    said[0] = '\0';
    log_set_sink(select_hear, NULL);
    return 0;
}

/* The list as `--list` prints it; the caller frees it. */
static char *select_list(const struct select_request *request)
{
    _cleanup_(select_free) struct selection *selection = NULL;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    assert_int_equal(select_tests(request, &selection), 0);
    select_print(selection, out);
    fclose(out);
    return text;
}

static struct selection *select_fixtures(struct select_request request)
{
    struct selection *selection = NULL;

    request.directory = FIXTURES "select";
    assert_int_equal(select_tests(&request, &selection), 0);
    return selection;
}

static void select_refuses(struct select_request request, const char *sentence)
{
    struct selection *selection = NULL;

    if (!request.directory)
        request.directory = FIXTURES "select";
    said[0] = '\0';
    assert_int_equal(select_tests(&request, &selection), -EINVAL);
    assert_null(selection);
    if (!strstr(said, sentence))
        print_message("# said: %s", said);
    assert_non_null(strstr(said, sentence));
}

/* ---- what is selected ---- */

static void select_lists(void **state)
{
    const struct {
        const char *title;
        struct select_request request;
        const char *list;
    } table[] = {
        {"everything",
         {0},
         "100-one.bats: MG-1 everywhere: (a) [b] * + ? [v4 v6 mapped]\n"
         "100-one.bats: MG-2 once, MG-2 and CN-3 [v4]\n"
         "100-one.bats: MG-1 not mapped [v4 v6]\n"
         "200-two.bats: CN-1 mapped only [mapped]\n"
         "200-two.bats: CN-2 everywhere [v4 v6 mapped]\n"
         "900-helpers.bats: MG-4 is only talked of [v4]\n"
         "11 tests\n"},
        {"a file's name",
         {.patterns = (const char *const[]){"two", NULL}},
         "200-two.bats: CN-1 mapped only [mapped]\n200-two.bats: CN-2 everywhere [v4 v6 mapped]\n"
         "4 tests\n"},
        {"a test's name, and another pattern's file",
         {.patterns = (const char *const[]){"(a) [b] *", "900", NULL}},
         "100-one.bats: MG-1 everywhere: (a) [b] * + ? [v4 v6 mapped]\n"
         "900-helpers.bats: MG-4 is only talked of [v4]\n4 tests\n"},
        {"both tags",
         {.tags = (const char *const[]){"fast,once", NULL}},
         "100-one.bats: MG-2 once, MG-2 and CN-3 [v4]\n1 tests\n"},
        {"without, or with",
         {.tags = (const char *const[]){"fast, !once, ! no-mapped", "slow", NULL}},
         "100-one.bats: MG-1 everywhere: (a) [b] * + ? [v4 v6 mapped]\n"
         "100-one.bats: MG-2 once, MG-2 and CN-3 [v4]\n4 tests\n"},
        {"a long one by its tag",
         {.tags = (const char *const[]){"long", NULL}},
         "900-helpers.bats: MG-4 takes its time [v4]\n1 tests\n"},
        {"a long one by its name",
         {.patterns = (const char *const[]){"takes its", NULL}, .with_long = true},
         "900-helpers.bats: MG-4 takes its time [v4]\n1 tests\n"},
        {"a family",
         {.families = 1u << FAMILY_MAPPED},
         "100-one.bats: MG-1 everywhere: (a) [b] * + ? [mapped]\n"
         "200-two.bats: CN-1 mapped only [mapped]\n200-two.bats: CN-2 everywhere [mapped]\n"
         "3 tests\n"},
        {"a shard",
         {.shard = 2, .shards = 3, .shard_times = TIMES},
         "100-one.bats: MG-1 everywhere: (a) [b] * + ? [v6]\n"
         "100-one.bats: MG-1 not mapped [v6]\n"
         "200-two.bats: CN-1 mapped only [mapped]\n"
         "200-two.bats: CN-2 everywhere [v6 mapped]\n"
         "900-helpers.bats: MG-4 is only talked of [v4]\n6 tests\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        struct select_request request = table[i].request;
        _cleanup_free_ char *list = NULL;

        request.directory = FIXTURES "select";
        print_message("# %s\n", table[i].title);
        list = select_list(&request);
        assert_string_equal(list, table[i].list);
    }
}

/* Each test and family is in one shard, however many there are. */
static void select_shards_are_the_whole(void **state)
{
    (void)state;
    for (unsigned shards = 1; shards <= 7; shards++) {
        size_t n = 0;

        for (unsigned shard = 1; shard <= shards; shard++) {
            _cleanup_(select_free) struct selection *selection = select_fixtures(
                (struct select_request){.shard = shard, .shards = shards, .shard_times = TIMES});

            for (size_t i = 0; i < selection->n_jobs; i++)
                n += selection->jobs[i].n_tests;
        }
        assert_int_equal(n, 11);
    }
    select_refuses((struct select_request){.shard = 8, .shards = 8, .shard_times = TIMES},
                   "shard 8/8 has no tests: there are 7 parts to share out");
}

/* ---- jobs ---- */

static const struct select_job *select_job(const struct selection *selection, const char *file,
                                           enum family family)
{
    for (size_t i = 0; i < selection->n_jobs; i++)
        if (strcmp(selection->jobs[i].file, file) == 0 && selection->jobs[i].family == family)
            return &selection->jobs[i];
    fail_msg("no job %s %s", file, family_name(family));
    return NULL;
}

/* bats has a pattern only where it would run more than was selected, and it matches whole names. */
static void select_jobs_name_their_tests(void **state)
{
    _cleanup_(select_free) struct selection *all = select_fixtures((struct select_request){0});
    _cleanup_(select_free) struct selection *single = select_fixtures(
        (struct select_request){.patterns = (const char *const[]){"everywhere: (a)", NULL}});
    const struct select_job *job;
    regex_t regex;

    (void)state;
    assert_int_equal(all->n_jobs, 7);
    assert_null(select_job(all, "100-one", FAMILY_V4)->names);
    assert_true(select_job(all, "100-one", FAMILY_V4)->whole);
    assert_string_equal(select_job(all, "200-two", FAMILY_V6)->names, "^(CN-2 everywhere)$");
    assert_string_equal(select_job(all, "100-one", FAMILY_V6)->names,
                        "^(MG-1 everywhere: \\(a\\) \\[b\\] \\* \\+ \\?|MG-1 not mapped)$");
    job = select_job(single, "100-one", FAMILY_V4);
    assert_false(job->whole);
    assert_int_equal(job->n_tests, 1);
    assert_string_equal(job->path, FIXTURES "select/100-one.bats");
    assert_int_equal(regcomp(&regex, job->names, REG_EXTENDED | REG_NOSUB), 0);
    assert_int_equal(regexec(&regex, "MG-1 everywhere: (a) [b] * + ?", 0, NULL, 0), 0);
    assert_int_equal(regexec(&regex, "MG-1 everywhere: (a) [b] * + ??", 0, NULL, 0), REG_NOMATCH);
    regfree(&regex);
}

/* The longest first, by this machine's durations, or the repository's, or the number of tests. */
static void select_orders(void **state)
{
    char here[] = "/tmp/waypost-durations.XXXXXX";
    _cleanup_(durations_clear) struct durations durations = {0};
    _cleanup_(select_free) struct selection *selection = NULL;

    (void)state;
    assert_true(close(mkstemp(here)) == 0);
    assert_int_equal(durations_set(&durations, "200-two", "mapped", 5000), 0);
    assert_int_equal(durations_write(&durations, here, "# this machine's\n"), 0);
    selection = select_fixtures(
        (struct select_request){.durations = here, .shard_times = TIMES, .shards = 0});
    unlink(here);
    assert_string_equal(selection->jobs[0].file, "200-two");
    assert_int_equal(selection->jobs[0].expected_ms, 5000);
    assert_int_equal(selection->jobs[1].expected_ms, 900);
    assert_int_equal(select_job(selection, "900-helpers", FAMILY_V4)->expected_ms, 100);
}

/* ---- what failed last time ---- */

static struct selection *select_failed(struct last_failed_test *items, size_t n)
{
    const struct last_failed failed = {.items = items, .n = n};

    return select_fixtures((struct select_request){.failed = &failed});
}

static void select_what_failed(void **state)
{
    struct last_failed_test items[] = {
        {"100-one", "v6", "MG-1 not mapped"},
        {"200-two", "v6", "setup_file failed"},
        {"unit-common", "gcc", "some_test"},
    };
    const struct last_failed nothing = {0};
    const struct last_failed gone = {.items = &items[2], .n = 1};
    _cleanup_(select_free) struct selection *selection = select_failed(items, ARRAY_SIZE(items));

    (void)state;
    assert_int_equal(selection->n_jobs, 2);
    assert_string_equal(select_job(selection, "100-one", FAMILY_V6)->names, "^(MG-1 not mapped)$");
    assert_int_equal(select_job(selection, "200-two", FAMILY_V6)->n_tests, 1);
    select_refuses((struct select_request){.failed = &nothing}, "nothing failed last time");
    select_refuses((struct select_request){.failed = &gone}, "no test matches");
}

/* ---- mistakes ---- */

static void select_mistakes(void **state)
{
    (void)state;
    select_refuses((struct select_request){.patterns = (const char *const[]){"120", "x", NULL}},
                   "no test matches '120'; see ./run.sh suite --list");
    select_refuses((struct select_request){.patterns = (const char *const[]){"", NULL}},
                   "no test matches ''");
    select_refuses((struct select_request){.tags = (const char *const[]){"fast,!onec", NULL}},
                   "no test has the tag 'onec'; there are: fast, long, no-mapped, no-v4, no-v6, "
                   "once, slow\n");
    select_refuses((struct select_request){.patterns = (const char *const[]){"200", NULL},
                                           .tags = (const char *const[]){"fast", NULL}},
                   "no test matches\n");
    select_refuses((struct select_request){.patterns = (const char *const[]){"takes its", NULL}},
                   "no test matches but what is tagged long: give --long\n");
}

/* All that is wrong is said, each with its file and line, whatever was asked for. */
static void select_does_not_guess(void **state)
{
    static const char *const sentences[] = {
        "100-function.bats:5: write @test \"NAME\" {, not `{ #@test`",
        "100-function-line.bats:3: write @test \"NAME\" {, not `{ #@test`",
        "100-brace.bats:2: the ` {` of a test must stand in the line of its @test",
        "100-no-blank.bats:2: the ` {` of a test must stand in the line of its @test",
        "100-empty.bats: there is no test in it",
        "100-no-byte.bats: there is no test in it",
        "100-unquoted.bats:2: a test is written @test \"NAME\" {",
        "100-two-braces.bats:2: a test is written @test \"NAME\" {, and the rest of the line has",
        "100-shell.bats:2: bats takes a test's name as shell text",
        "100-no-family.bats:4: with the tags once,no-v4 the test runs neither in v4 nor",
        "100-twice.bats:8: bats cannot tell this test from the one in line 2: 'a_b'",
        "100-same-to-bats.bats:5: bats cannot tell this test from the one in line 2: 'a-5fb'",
        "100-tags.bats:2: tags are words of letters, digits, -, _ and :",
        "100-tag.bats:2: bats knows test_tags= and file_tags= only",
        "smoke.bats: a suite is called NUMBER-NAME.bats",
    };
    const struct select_request request = {.directory = FIXTURES "broken",
                                           .patterns = (const char *const[]){"fine", NULL}};
    size_t lines = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
        print_message("# %s\n", sentences[i]);
        select_refuses(request, sentences[i]);
    }
    for (const char *at = said; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, ARRAY_SIZE(sentences));
}

static void select_shard_numbers(void **state)
{
    static const char *const wrong[] = {"0/2",    "3/2", "1",    "a/b",  "1/2/3", "1/9999",
                                        "1/1000", "",    "01/2", "1/02", "+1/2",  "1/2 "};
    unsigned shard = 0, shards = 0;

    (void)state;
    assert_int_equal(select_parse_shard("2/4", &shard, &shards), 0);
    assert_int_equal(shard, 2);
    assert_int_equal(shards, 4);
    assert_int_equal(select_parse_shard("999/999", &shard, &shards), 0);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        print_message("# '%s'\n", wrong[i]);
        assert_int_equal(select_parse_shard(wrong[i], &shard, &shards), -EINVAL);
    }
    assert_non_null(strstr(said, "--shard takes K/N with K from 1 to N, not '3/2'"));
}

/* ---- behaviours ---- */

static void select_counts_behaviours(void **state)
{
    static const char table[] = "ID     TESTS  RUNS  FILES\n"
                                "MG-1       2     5  100-one\n"
                                "MG-2       1     1  100-one\n"
                                "MG-4       0     0  none\n"
                                "CN-1       1     1  200-two\n"
                                "CN-3       1     1  100-one\n"
                                "5 behaviours, 4 tested, 1 without a test: MG-4\n";
    _cleanup_(select_free) struct selection *selection =
        select_fixtures((struct select_request){0});
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    assert_int_equal(select_print_behaviours(selection, FIXTURES "select/contract.md", out), 1);
    fclose(out);
    assert_string_equal(text, table);
    assert_int_equal(select_print_behaviours(selection, "/nowhere", stdout), -ENOENT);
}

/* ---- durations ---- */

static void durations_are_kept(void **state)
{
    char path[] = "/tmp/waypost-durations.XXXXXX";
    _cleanup_(durations_clear) struct durations written = {0}, read = {0};
    _cleanup_fclose_ FILE *file = NULL;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    assert_int_equal(durations_set(&written, "b", "v4", 2), 0);
    assert_int_equal(durations_set(&written, "a", "v6", 3), 0);
    assert_int_equal(durations_set(&written, "b", "v4", 4), 0);
    assert_int_equal(durations_write(&written, path, "# comment\n"), 0);
    assert_int_equal(durations_read(path, &read), 0);
    assert_int_equal(read.n, 2);
    assert_string_equal(read.items[0].name, "a");
    assert_int_equal(durations_find(&read, "b", "v4"), 4);
    assert_int_equal(durations_find(&read, "b", "v6"), -1);
    unlink(path);
    assert_int_equal(durations_read(path, &read), 0);
    assert_int_equal(durations_read(NULL, &read), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(select_lists, select_setup),
        cmocka_unit_test_setup(select_shards_are_the_whole, select_setup),
        cmocka_unit_test_setup(select_jobs_name_their_tests, select_setup),
        cmocka_unit_test_setup(select_orders, select_setup),
        cmocka_unit_test_setup(select_what_failed, select_setup),
        cmocka_unit_test_setup(select_mistakes, select_setup),
        cmocka_unit_test_setup(select_does_not_guess, select_setup),
        cmocka_unit_test_setup(select_shard_numbers, select_setup),
        cmocka_unit_test_setup(select_counts_behaviours, select_setup),
        cmocka_unit_test_setup(durations_are_kept, select_setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
