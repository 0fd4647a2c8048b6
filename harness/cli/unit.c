// SPDX-License-Identifier: Apache-2.0
/* waypost unit: the unit tests in BPF objects. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "common/text.h"
#include "unit/suite.h"

/* Objects, filters and settings, of each so many. */
#define UNIT_WORDS_MAX 512

struct unit_words {
    const char *word[UNIT_WORDS_MAX + 1];
    size_t n;
};

struct unit_line {
    struct unit_words objects, filters, settings, without;
    bool list, fresh;
};

static const char *const unit_arguments[] = {"OBJECT", NULL};

static const struct argp_option unit_options[] = {
    {"filter", 'f', "TEXT", 0, "Only tests with TEXT in \"OBJECT: TEST\"; may be repeated", 0},
    {"list", 'l', NULL, 0, "Only list the tests (needs no root)", 0},
    {"set", 's', "NAME=NUMBER", 0, "Give a global variable of the objects a value", 0},
    {"without", 'w', "PROGRAM", 0, "Load the objects without a program that is no test's", 0},
    {"fresh", 'F', NULL, 0, "Load an object anew for each of its tests", 0},
    {0},
};

static int unit_add(const struct cli_command *command, struct unit_words *words, const char *word)
{
    if (words->n == UNIT_WORDS_MAX)
        return cli_usage(command, "'%.60s' is one too many: %d are enough", word, UNIT_WORDS_MAX);
    words->word[words->n++] = word;
    return 0;
}

static int unit_more(const struct cli_command *command, const char *word, void *data)
{
    return unit_add(command, &((struct unit_line *)data)->objects, word);
}

static int unit_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct unit_line *line = data;

    if (key == 'l')
        line->list = true;
    else if (key == 'F')
        line->fresh = true;
    else if (key == 'f')
        return unit_add(command, &line->filters, value);
    else if (key == 'w')
        return unit_add(command, &line->without, value);
    else if (!strchr(value, '=') || *value == '=')
        return cli_usage(command, "--set is '%.60s', must be NAME=NUMBER", value);
    else
        return unit_add(command, &line->settings, value);
    return 0;
}

static const struct cli_command unit_command = {
    .verb = "unit",
    .purpose = "Runs the unit tests in BPF objects, with BPF_PROG_TEST_RUN, and prints TAP",
    .usage = "OBJECT...",
    .examples =
        "A test NAME of an object is made of the programs in its sections TYPE/test/NAME/pktgen,\n"
        "…/setup or …/jump, and …/check. With -v what passed tests logged is printed too. Exit\n"
        "codes: 0 all passed, 1 a test failed, 2 nothing ran or a mistake on the command line, 3 "
        "the\n"
        "machine was short of something.\n\n"
        "Examples:\n"
        "  sudo waypost unit build/unit/*.o\n"
        "  sudo waypost unit --filter sendmsg build/unit/sendmsg.o\n"
        "  waypost unit --list build/unit/*.o\n"
        "  sudo waypost unit --set authz_offload=0 ~/kmesh/test/bpf_ut/*.o",
    .arguments = unit_arguments,
    .required = 1,
    .more = unit_more,
    .options = unit_options,
    .option = unit_option,
};

/* An object is a stranger's, and so are its names. */
static int unit_list_test(const struct unit_object *object, const char *test)
{
    _cleanup_free_ char *line = NULL;
    int r = text_format(&line, "%.*s: %s", object->name_length, object->name, test);

    if (r >= 0)
        puts(text_clean_line(line));
    return r;
}

static int unit_list_one(const char *path, const struct unit_request *request, size_t *n)
{
    _cleanup_(unit_object_free) struct unit_object object = {};
    _cleanup_strings_ struct strings why = {};
    int r = unit_object_read(path, &object, &why);

    if (r < 0)
        return err_say(r, "'%s': %s", path, why.n ? why.items[0] : strerror(-r));
    for (size_t i = 0; i < object.n_tests; i++) {
        if (!unit_suite_wants(request, &object, &object.tests[i]))
            continue;
        r = unit_list_test(&object, object.tests[i].name);
        if (r < 0)
            return r;
        (*n)++;
    }
    return 0;
}

static int unit_list(const struct unit_line *line, const struct unit_request *request)
{
    size_t n = 0;
    int code = CODE_DONE;

    for (size_t i = 0; i < line->objects.n; i++)
        if (unit_list_one(line->objects.word[i], request, &n) < 0)
            code = CODE_MISTAKE;
    return n ? code : CODE_MISTAKE;
}

static int unit_check_settings(const struct unit_line *line, const bool *taken)
{
    int code = CODE_DONE;

    for (size_t i = 0; i < line->settings.n; i++)
        if (!taken[i]) {
            cli_usage(&unit_command, "--set %s: no object has such a global variable",
                      line->settings.word[i]);
            code = CODE_MISTAKE;
        }
    return code;
}

static int unit_run_all(const struct unit_line *line, struct unit_request *request)
{
    struct unit_report report = {.verbose = log_get_level() >= LOG_INFO};
    bool taken[UNIT_WORDS_MAX] = {false};
    size_t selected = 0;
    int code;

    if (unit_report_begin(&report) < 0)
        return CODE_FAILED;
    request->settings.taken = taken;
    for (size_t i = 0; i < line->objects.n; i++)
        selected += unit_suite_run(line->objects.word[i], request, &report);
    if (unit_report_end(&report, stdout) < 0)
        return CODE_FAILED;
    if (!selected) {
        cli_usage(&unit_command, "no test has the text of a --filter");
        return CODE_MISTAKE;
    }
    code = unit_check_settings(line, taken);
    if (report.failed)
        return CODE_NO;
    return report.inconclusive ? CODE_FAILED : code;
}

int verb_unit(int argc, char **argv)
{
    struct unit_line line = {0};
    struct unit_request request = {0};
    struct cli_line words;
    int r = cli_parse(&unit_command, argc, argv, &line, &words);

    if (r < 0)
        return cli_code(r);
    /* The first object is a named argument, the others are more. */
    memmove(line.objects.word + 1, line.objects.word, sizeof(char *) * (UNIT_WORDS_MAX - 1));
    line.objects.word[0] = words.argument[0];
    line.objects.n++;
    request.settings.globals = line.settings.word;
    request.settings.without = line.without.word;
    request.filters = line.filters.word;
    request.fresh = line.fresh;
    if (line.list)
        return unit_list(&line, &request);
    if (cli_need_root(&unit_command) < 0)
        return CODE_FAILED;
    return unit_run_all(&line, &request);
}
