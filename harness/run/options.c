// SPDX-License-Identifier: Apache-2.0
#include "run/options.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/families.h"
#include "run/words.h"

#define OPTIONS_NUMBER_MAX 99999
#define OPTIONS_HELP       "harness/door/help.txt"

struct options_context {
    const struct site *site;
    struct options *options;
};

struct option_rule {
    const char *name;
    unsigned verbs;
    /* Takes the value; NULL: the option has none, and sets the flag at `flag`. */
    int (*take)(struct options_context *context, const char *option, const char *value);
    size_t flag;
};

/* ---- values ---- */

int options_number(const char *option, const char *text, unsigned *out)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = *text >= '1' && *text <= '9' ? strtoul(text, &end, 10) : 0;
    if (number == 0 || errno || *end || number > OPTIONS_NUMBER_MAX)
        return err_say(EINVAL, "%s takes a number from 1, not '%s'", option, text);
    *out = (unsigned)number;
    return 0;
}

static bool options_is_directory(const char *path)
{
    struct stat it;

    return stat(path, &it) == 0 && S_ISDIR(it.st_mode);
}

static int options_jobs(struct options_context *context, const char *option, const char *value)
{
    return options_number(option, value, &context->options->side_by_side);
}

static int options_limit(struct options_context *context, const char *option, const char *value)
{
    return options_number(option, value, &context->options->limit_s);
}

/* A file that is written at the end. That of an earlier run is gone before anything else happens.
 */
static int options_output(const struct site *site, const char *option, const char *value,
                          char **out)
{
    _cleanup_free_ char *path = NULL, *directory = NULL;
    int r = site_path(site, value, &path);

    if (r < 0)
        return r;
    directory = strndup(path, (size_t)(strrchr(path, '/') - path) + 1);
    if (!directory)
        return err_r(ENOMEM, "cannot read the command line");
    if (!options_is_directory(directory)) {
        directory[strlen(directory) - 1] = '\0';
        return err_say(EINVAL, "%s: there is no directory '%s'", option, directory);
    }
    if (unlink(path) < 0 && errno != ENOENT)
        return err_r(errno, "%s: cannot replace '%s'", option, path);
    free(*out);
    *out = TAKE_PTR(path);
    return 0;
}

static int options_junit(struct options_context *context, const char *option, const char *value)
{
    return options_output(context->site, option, value, &context->options->junit);
}

static int options_tap(struct options_context *context, const char *option, const char *value)
{
    return options_output(context->site, option, value, &context->options->tap);
}

static int options_shard(struct options_context *context, const char *option, const char *value)
{
    (void)option;
    return select_parse_shard(value, &context->options->shard, &context->options->shards);
}

static int options_tags(struct options_context *context, const char *option, const char *value)
{
    (void)option;
    return words_add(&context->options->tags, "%s", value);
}

static int options_family(struct options_context *context, const char *option, const char *value)
{
    enum family family;

    if (family_from_name(value, &family) < 0)
        return err_say(EINVAL, "%s takes v4, v6 or mapped, not '%s'", option, value);
    context->options->families |= families_bit(family);
    return 0;
}

/* Its last part is the name that the results carry. */
static int options_objects(struct options_context *context, const char *option, const char *value)
{
    _cleanup_free_ char *path = NULL;
    int r = site_path(context->site, value, &path);

    if (r < 0)
        return r;
    if (!options_is_directory(path))
        return err_say(EINVAL, "%s: there is no directory '%s'", option, value);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    free(context->options->objects);
    context->options->objects = TAKE_PTR(path);
    return 0;
}

static int options_plant(struct options_context *context, const char *option, const char *value)
{
    _cleanup_free_ char *path = NULL;
    int r = site_path(context->site, value, &path);

    if (r < 0)
        return r;
    if (access(path, R_OK) < 0)
        return err_say(EINVAL, "%s: there is no file '%s'", option, value);
    free(context->options->plant);
    context->options->plant = TAKE_PTR(path);
    return 0;
}

/* "a b c", the names of suites/expectations/NAME.txt, or "none"; the caller frees it. */
static char *options_expectations(const struct site *site)
{
    _cleanup_free_ char *pattern = NULL;
    char *names = NULL;
    glob_t found = {0};

    if (text_format(&pattern, "%s/expectations/*.txt", site->suites) < 0)
        return NULL;
    glob(pattern, 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        _cleanup_free_ char *before = names;

        if (text_format(&names, "%s%s%.*s", before ? before : "", before ? " " : "",
                        (int)(strlen(name) - strlen(".txt")), name) < 0)
            break;
    }
    globfree(&found);
    return names ? names : strdup("none");
}

/* suites/expectations/NAME.txt, or a path with a slash in it. */
static int options_expect(struct options_context *context, const char *option, const char *value)
{
    _cleanup_free_ char *path = NULL, *names = NULL;
    int r = strchr(value, '/')
                ? site_path(context->site, value, &path)
                : text_format(&path, "%s/expectations/%s.txt", context->site->suites, value);

    if (r < 0)
        return r;
    if (access(path, R_OK) < 0) {
        names = options_expectations(context->site);
        return err_say(EINVAL, "%s: there is no file '%s'; there are: %s", option, path,
                       names ? names : "?");
    }
    free(context->options->expect);
    context->options->expect = TAKE_PTR(path);
    return 0;
}

/* ---- the options ---- */

#define OPTIONS_BOTH         (OPTIONS_SUITE | OPTIONS_TEST)
#define OPTIONS_FLAG(member) NULL, offsetof(struct options, member)

static const struct option_rule option_rules[] = {
    {"--jobs", OPTIONS_BOTH, options_jobs, 0},
    {"-j", OPTIONS_BOTH, options_jobs, 0},
    {"--time-limit", OPTIONS_BOTH, options_limit, 0},
    {"--junit", OPTIONS_BOTH, options_junit, 0},
    {"--tap", OPTIONS_BOTH, options_tap, 0},
    {"--filter-tags", OPTIONS_SUITE, options_tags, 0},
    {"--family", OPTIONS_SUITE, options_family, 0},
    {"--objects", OPTIONS_SUITE | OPTIONS_VERIFIER, options_objects, 0},
    {"--plant", OPTIONS_SUITE, options_plant, 0},
    {"--expect", OPTIONS_SUITE, options_expect, 0},
    {"--shard", OPTIONS_SUITE, options_shard, 0},
    {"--keep", OPTIONS_BOTH, OPTIONS_FLAG(keep)},
    {"--fail-fast", OPTIONS_BOTH, OPTIONS_FLAG(fail_fast)},
    {"--allow-skipped", OPTIONS_BOTH, OPTIONS_FLAG(allow_skipped)},
    {"--failed", OPTIONS_SUITE, OPTIONS_FLAG(failed)},
    {"--list", OPTIONS_SUITE, OPTIONS_FLAG(list)},
    {"--long", OPTIONS_SUITE, OPTIONS_FLAG(with_long)},
    {"--ids", OPTIONS_SUITE, OPTIONS_FLAG(ids)},
    {"--record-times", OPTIONS_SUITE, OPTIONS_FLAG(record)},
    {"--record", OPTIONS_VERIFIER, OPTIONS_FLAG(record)},
    {"--help", OPTIONS_BOTH | OPTIONS_VERIFIER, OPTIONS_FLAG(help)},
    {"-h", OPTIONS_BOTH | OPTIONS_VERIFIER, OPTIONS_FLAG(help)},
};

static const struct option_rule *options_find(enum options_verb verb, const char *name,
                                              size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(option_rules); i++)
        if (option_rules[i].verbs & verb && strlen(option_rules[i].name) == length &&
            strncmp(option_rules[i].name, name, length) == 0)
            return &option_rules[i];
    return NULL;
}

static int options_refuse(const char *verb, const char *word)
{
    return err_say(EINVAL, "'%s' does not take '%s'; see ./run.sh --help", verb, word);
}

static int options_apply(struct options_context *context, const struct option_rule *rule,
                         const char *value)
{
    if (!rule->take) {
        *(bool *)(void *)((char *)context->options + rule->flag) = true;
        return 0;
    }
    if (!value || !*value)
        return err_say(EINVAL, "option '%s' needs a value; see ./run.sh --help", rule->name);
    return rule->take(context, rule->name, value);
}

/* One word, and perhaps the next one. Returns how many were taken. */
static int options_take(struct options_context *context, enum options_verb verb, const char *title,
                        char **words)
{
    const char *equals = **words == '-' ? strchr(*words, '=') : NULL;
    size_t length = equals ? (size_t)(equals - *words) : strlen(*words);
    const struct option_rule *rule = options_find(verb, *words, length);
    int r;

    if (!rule && **words != '-' && verb == OPTIONS_SUITE) {
        r = words_add(&context->options->patterns, "%s", *words);
        return r < 0 ? r : 1;
    }
    if (!rule || (equals && !rule->take))
        return options_refuse(title, *words);
    r = options_apply(context, rule, equals ? equals + 1 : words[1]);
    if (r < 0)
        return r;
    return rule->take && !equals ? 2 : 1;
}

/* ---- what goes together ---- */

static int options_check(const struct options *options, enum options_verb verb)
{
    bool all = options->patterns.n == 0 && options->tags.n == 0 && !options->families &&
               !options->shards && !options->failed;

    if (options->ids && !options->list)
        return err_say(EINVAL, "--ids needs --list");
    if (options->plant && options->objects)
        return err_say(EINVAL, "--plant is about the suite's own programs: without --objects");
    if (verb == OPTIONS_SUITE && options->record && !all)
        return err_say(EINVAL, "--record-times needs a run of all suites");
    if (verb == OPTIONS_VERIFIER && options->record && options->objects)
        return err_say(EINVAL,
                       "the record is of the suite's own programs: --record without --objects");
    return 0;
}

static int options_read_environment(struct options *options)
{
    const char *limit = getenv("WAYPOST_TIME_LIMIT");

    return limit && *limit && !options->limit_s
               ? options_number("WAYPOST_TIME_LIMIT", limit, &options->limit_s)
               : 0;
}

int options_read(const struct site *site, enum options_verb verb, int argc, char **argv,
                 struct options *out)
{
    struct options_context context = {site, out};
    int r;

    *out = (struct options){.with_long = verb == OPTIONS_TEST};
    for (int i = 1; i < argc && !out->help; i += r) {
        r = options_take(&context, verb, argv[0], argv + i);
        if (r < 0)
            return r;
    }
    if (out->help)
        return 0;
    r = options_check(out, verb);
    return r < 0 ? r : options_read_environment(out);
}

void options_clear(struct options *options)
{
    strings_clear(&options->patterns);
    strings_clear(&options->tags);
    free(options->junit);
    free(options->tap);
    free(options->objects);
    free(options->plant);
    free(options->expect);
    *options = (struct options){0};
}

int options_print_help(const struct site *site)
{
    _cleanup_free_ char *path = NULL, *line = NULL;
    _cleanup_fclose_ FILE *file = NULL;
    size_t size = 0;
    int r = text_format(&path, "%s/" OPTIONS_HELP, site->root);

    if (r < 0)
        return r;
    file = fopen(path, "re");
    if (!file)
        return err_r(errno, "cannot read '%s'", path);
    while (getline(&line, &size, file) >= 0)
        if (*line != '#') /* the licence */
            fputs(line, stdout);
    return 0;
}
