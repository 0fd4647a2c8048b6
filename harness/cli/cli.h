/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verbs have in common: reading a command line, saying a usage error in one line, and the
 * exit codes. A verb first reads its whole command line, and only then looks at the lab: a mistake
 * on the command line is answered without root and without a lab.
 */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/cleanup.h"
#include "place/lab.h"

enum exit_code {
    CODE_DONE = 0,
    CODE_NO = 1,      /* the answer is no */
    CODE_MISTAKE = 2, /* usage, a bad topology, an unknown name */
    CODE_FAILED = 3,  /* the lab could not be built, or the kernel refused */
};

#define CLI_ARGUMENTS_MAX 5

/* One verb's command line. */
struct cli_command {
    const char *verb;
    const char *purpose;  /* one line */
    const char *usage;    /* the arguments as --help shows them; alternatives on their own lines */
    const char *examples; /* what --help shows below the options */
    const char *const *arguments; /* their names in order, NULL-terminated */
    size_t required;              /* so many of them must be there */
    bool takes_command;           /* what follows the arguments is a command, with its options */
    /* Takes a word behind the named arguments; NULL: there is none. As `option`. */
    int (*more)(const struct cli_command *command, const char *word, void *data);
    const struct argp_option *options; /* may be NULL; keys are characters or start at 256 */
    /* Takes one option; returns 0, or what cli_usage() returned. Where the option's `arg` is two
     * words, so is the value, which is not to be kept then. */
    int (*option)(const struct cli_command *command, int key, const char *value, void *data);
};

/* There is nothing to do: the help was asked for, and printed. CODE_DONE to cli_code(), and no
 * errno. */
#define CLI_HELPED (-4096)

/* What was read. Everything is borrowed from argv. */
struct cli_line {
    const char *argument[CLI_ARGUMENTS_MAX]; /* NULL where it was not given */
    char **command;                          /* with takes_command: NULL-terminated, not empty */
};

/* Says "waypost: VERB: SENTENCE; try `waypost VERB --help`" and returns -EINVAL. */
int cli_usage(const struct cli_command *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Reads argv (argv[0] is the verb) in order; `data` goes to command->option. Prints the help and
 * returns CLI_HELPED for --help, -EINVAL after a usage error was said: both are for cli_code().
 */
int cli_parse(const struct cli_command *command, int argc, char **argv, void *data,
              struct cli_line *out);

/* Values of options and arguments. -EINVAL after a usage error; `what` is "--bytes" or "LAB". */
int cli_number(const struct cli_command *command, const char *what, const char *text, int64_t min,
               int64_t max, int64_t *out);
int cli_choice(const struct cli_command *command, const char *what, const char *text,
               const char *const *choices);
int cli_family(const struct cli_command *command, const char *text, enum family *out);
/* A lab's, node's, pod's or socket's name: nothing that could leave a directory. */
int cli_name(const struct cli_command *command, const char *what, const char *text);
/* $WAYPOST_FAMILY, or v4. */
int cli_default_family(const struct cli_command *command, enum family *out);

/* 0, or -EPERM with a sentence. */
int cli_need_root(const struct cli_command *command);
/* Root, then the lab of that name. */
int cli_open_lab(const struct cli_command *command, const char *name, struct lab **out);

/* The exit code for a negative errno that was already said: what a person can put right (a name, a
 * file, a value) is CODE_MISTAKE, everything else CODE_FAILED. */
int cli_code(int r);

/* Prints to stdout, compact, with a newline. */
void cli_print_json(const json_t *j);

/* The command line of `waypost`: finds the verb and runs it. Returns the exit code. */
int cli_main(int argc, char **argv);

/* The text of `choices` that is nearest to `text`, NULL when none is near. */
const char *cli_nearest(const char *text, const char *const *choices);
