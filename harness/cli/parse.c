// SPDX-License-Identifier: Apache-2.0
/*
 * Command lines, read by argp. Its own messages take two lines and do not say what would be right,
 * so it is told to say nothing, and the option that it stopped at is looked at again here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "common/log.h"
#include "common/text.h"

struct cli_reader {
    const struct cli_command *command;
    const struct argp *argp;
    void *data;
    struct cli_line *line;
    size_t n_arguments;
    int stopped_at; /* index of the first word that was not read when an error came up */
    bool said;
};

static const struct argp_option cli_common_options[] = {
    {"verbose", 'v', NULL, 0, "Say more on stderr; twice: everything", -1},
    {"help", 'h', NULL, 0, "Print this", -1},
    {0},
};

static error_t cli_take_argument(struct cli_reader *reader, char *word, struct argp_state *state)
{
    const struct cli_command *command = reader->command;

    if (command->arguments[reader->n_arguments]) {
        reader->line->argument[reader->n_arguments++] = word;
        return 0;
    }
    if (command->takes_command) {
        reader->line->command = &state->argv[state->next - 1];
        state->next = state->argc;
        return 0;
    }
    if (command->more)
        return command->more(command, word, reader->data);
    return cli_usage(command, "'%.60s' is one argument too many", word);
}

static int cli_check_complete(const struct cli_reader *reader)
{
    const struct cli_command *command = reader->command;

    if (reader->n_arguments < command->required)
        return cli_usage(command, "%s is missing", command->arguments[reader->n_arguments]);
    if (command->takes_command && !reader->line->command)
        return cli_usage(command, "the command is missing");
    return 0;
}

/* An option whose argument is called by two words ("FROM ADDRESS:PORT") takes two. */
static bool cli_takes_two(const struct cli_command *command, int key)
{
    for (const struct argp_option *o = command->options; o && (o->name || o->key || o->doc); o++) {
        if (o->key == key)
            return o->arg && strchr(o->arg, ' ');
    }
    return false;
}

static int cli_take_option(struct cli_reader *reader, int key, const char *value,
                           struct argp_state *state)
{
    const struct cli_command *command = reader->command;
    _cleanup_free_ char *both = NULL;

    if (!cli_takes_two(command, key) || strchr(value, ' ') || state->next >= state->argc)
        return command->option(command, key, value, reader->data);
    if (text_format(&both, "%s %s", value, state->argv[state->next]) < 0)
        return -ENOMEM;
    state->next++;
    return command->option(command, key, both, reader->data);
}

static error_t cli_take(int key, char *value, struct argp_state *state)
{
    struct cli_reader *reader = state->input;
    int r;

    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = reader;
    if (key == ARGP_KEY_ERROR)
        reader->stopped_at = state->next;
    if (key == ARGP_KEY_ARG)
        r = cli_take_argument(reader, value, state);
    else if (key == ARGP_KEY_END)
        r = cli_check_complete(reader);
    else if (key > 0 && key < ARGP_KEY_END && reader->command->option)
        r = cli_take_option(reader, key, value, state);
    else
        return ARGP_ERR_UNKNOWN;
    if (r < 0)
        reader->said = true;
    return -r;
}

/* argp's own --help is silent when its errors are, and ends the process. */
static error_t cli_help(struct cli_reader *reader, const char *name)
{
    argp_help(reader->argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC,
              (char *)name);
    reader->said = true;
    return -CLI_HELPED;
}

static error_t cli_take_common(int key, char *value, struct argp_state *state)
{
    struct cli_reader *reader = state->input;

    (void)value;
    if (key == 'h')
        return cli_help(reader, state->argv[0]);
    if (key != 'v')
        return ARGP_ERR_UNKNOWN;
    log_set_level(log_get_level() < LOG_INFO ? LOG_INFO : LOG_DEBUG);
    return 0;
}

/* Calls fn for every option that has a name; stops when it returns true. */
static bool cli_each_option(const struct cli_command *command,
                            bool (*fn)(const struct argp_option *option, void *data), void *data)
{
    const struct argp_option *const tables[] = {command->options, cli_common_options};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        for (const struct argp_option *o = tables[i]; o && (o->name || o->key || o->doc); o++) {
            if ((o->name || o->key) && fn(o, data))
                return true;
        }
    }
    return false;
}

struct cli_lookup {
    const char *name; /* of a long option, without dashes */
    size_t length;
    int letter; /* of a short one, or 0 */
    const struct argp_option *exact, *prefix;
    size_t n_prefix;
    char candidates[128];
    const char *names[64];
    size_t n_names;
};

static bool cli_lookup_one(const struct argp_option *option, void *data)
{
    struct cli_lookup *l = data;
    size_t used = strlen(l->candidates);

    if (option->name && l->n_names + 1 < ARRAY_SIZE(l->names))
        l->names[l->n_names++] = option->name;
    if (l->letter) {
        if (option->key == l->letter)
            l->exact = option;
    } else if (option->name && strncmp(option->name, l->name, l->length) == 0) {
        l->prefix = option;
        l->n_prefix++;
        snprintf(l->candidates + used, sizeof(l->candidates) - used, "%s--%s", used ? " or " : "",
                 option->name);
        if (option->name[l->length] == '\0')
            l->exact = option;
    }
    return false;
}

static int cli_explain_long(const struct cli_command *command, const char *word, bool is_last)
{
    struct cli_lookup l = {.name = word + 2, .length = strcspn(word + 2, "=")};
    const char *value = strchr(word, '=');
    char given[33];

    cli_each_option(command, cli_lookup_one, &l);
    snprintf(given, sizeof(given), "%.*s", (int)l.length, l.name);
    if (!l.exact && l.n_prefix > 1)
        return cli_usage(command, "option '--%s' could be %s", given, l.candidates);
    if (!l.exact && l.n_prefix == 0) {
        const char *near = cli_nearest(given, l.names);

        if (near)
            return cli_usage(command, "no option '--%s'; did you mean '--%s'?", given, near);
        return cli_usage(command, "no option '--%s'", given);
    }
    l.exact = l.exact ? l.exact : l.prefix;
    if (l.exact->arg && !value && is_last)
        return cli_usage(command, "option '--%s' needs a value", l.exact->name);
    if (!l.exact->arg && value)
        return cli_usage(command, "option '--%s' takes no value", l.exact->name);
    return 0;
}

static int cli_explain_letters(const struct cli_command *command, const char *word, bool is_last)
{
    for (const char *letter = word + 1; *letter; letter++) {
        struct cli_lookup l = {.letter = (unsigned char)*letter};

        cli_each_option(command, cli_lookup_one, &l);
        if (!l.exact)
            return cli_usage(command, "no option '-%c'", *letter);
        if (l.exact->arg && !letter[1] && is_last)
            return cli_usage(command, "option '-%c' needs a value", *letter);
        if (l.exact->arg)
            return 0;
    }
    return 0;
}

/* Says what is wrong with one word; 0 when nothing is. */
static int cli_explain_word(const struct cli_command *command, int argc, char **argv, int i)
{
    const char *word = i > 0 && i < argc ? argv[i] : "";

    if (word[0] != '-' || word[1] == '\0')
        return 0;
    return word[1] == '-' ? cli_explain_long(command, word, i + 1 == argc)
                          : cli_explain_letters(command, word, i + 1 == argc);
}

/* getopt stops behind a long option, but within a word of several letters. */
static int cli_explain(const struct cli_reader *reader, int argc, char **argv)
{
    int r = cli_explain_word(reader->command, argc, argv, reader->stopped_at - 1);

    if (r < 0)
        return r;
    r = cli_explain_word(reader->command, argc, argv, reader->stopped_at);
    return r < 0 ? r : cli_usage(reader->command, "that command line cannot be read");
}

static int cli_run_argp(const struct cli_command *command, int argc, char **argv,
                        struct cli_reader *reader)
{
    _cleanup_free_ char *doc = NULL;
    struct argp common = {.options = cli_common_options, .parser = cli_take_common};
    struct argp_child children[] = {{&common, 0, NULL, 0}, {0}};
    struct argp argp = {.options = command->options,
                        .parser = cli_take,
                        .args_doc = command->usage,
                        .children = children};
    unsigned int flags = ARGP_NO_ERRS | ARGP_NO_HELP | (command->takes_command ? ARGP_IN_ORDER : 0);

    if (text_format(&doc, "%s.\v%s", command->purpose, command->examples) < 0)
        return -ENOMEM;
    argp.doc = doc;
    reader->argp = &argp;
    return -argp_parse(&argp, argc, argv, flags, NULL, reader);
}

int cli_parse(const struct cli_command *command, int argc, char **argv, void *data,
              struct cli_line *out)
{
    struct cli_reader reader = {.command = command, .data = data, .line = out};
    _cleanup_free_ char *name = NULL;
    int r;

    if (text_format(&name, "waypost %s", command->verb) < 0)
        return -ENOMEM;
    memset(out, 0, sizeof(*out));
    argv[0] = name; /* what --help calls the program */
    r = cli_run_argp(command, argc, argv, &reader);
    argv[0] = (char *)command->verb;
    if (r < 0 && !reader.said && r != -ENOMEM)
        return cli_explain(&reader, argc, argv);
    return r;
}
