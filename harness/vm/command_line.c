// SPDX-License-Identifier: Apache-2.0
#include "vm/command_line.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "run/words.h"
#include "vm/image.h"

#define COMMAND_LINE_BOOT_LIMIT_S 60
#define COMMAND_LINE_RUN_LIMIT_S  1200

static const char command_line_help[] =
    "Usage: ./run.sh vm [OPTION...] [suite [ARGUMENT...] | verifier [ARGUMENT...] | doctor | exec "
    "COMMAND...]\n\n"
    "Runs the suites (or what the verifier spends on each program, `waypost doctor`, or a command) "
    "on other\n"
    "kernels, each in a virtual machine that sees a copy of what it needs of this one. No root is "
    "needed.\n\n"
    "  --kernel NAME,NAME   kernels of kernels.yaml (all of them that need no root)\n"
    "  --jobs N             so many side by side (as many as memory and cores allow)\n"
    "  --accel kvm|tcg      only this; the default is KVM where it works, else TCG\n"
    "  --memory MIB         of each machine, instead of what kernels.yaml says\n"
    "  --boot-limit N       seconds until a machine must be ready (60)\n"
    "  --run-limit N        seconds until it must be done (1200)\n"
    "  --append TEXT        more for the kernel's command line\n"
    "  --fetch              download and unpack the kernels, and end\n"
    "  --dry-run            print the qemu command, and end\n\n"
    "Examples:\n"
    "  ./run.sh vm --kernel 6.1 suite\n"
    "  ./run.sh vm --kernel 6.1,6.12 suite 010 --junit junit.xml\n"
    "  ./run.sh vm --kernel 6.1,6.12 verifier\n"
    "  ./run.sh vm --kernel 6.12 doctor\n"
    "  ./run.sh vm --kernel 6.1 exec uname -r\n";

void command_line_print_help(void)
{
    fputs(command_line_help, stdout);
}

/* ---- the options of `vm` ---- */

enum command_line_kind { COMMAND_LINE_TEXT, COMMAND_LINE_NUMBER, COMMAND_LINE_FLAG };

static const struct {
    const char *name;
    enum command_line_kind kind;
    size_t offset;
} command_line_options[] = {
    {"--kernel", COMMAND_LINE_TEXT, offsetof(struct command_line, names)},
    {"--accel", COMMAND_LINE_TEXT, offsetof(struct command_line, accelerator)},
    {"--append", COMMAND_LINE_TEXT, offsetof(struct command_line, append)},
    {"--jobs", COMMAND_LINE_NUMBER, offsetof(struct command_line, side_by_side)},
    {"--memory", COMMAND_LINE_NUMBER, offsetof(struct command_line, memory_mib)},
    {"--boot-limit", COMMAND_LINE_NUMBER, offsetof(struct command_line, boot_limit_s)},
    {"--run-limit", COMMAND_LINE_NUMBER, offsetof(struct command_line, run_limit_s)},
    {"--dry-run", COMMAND_LINE_FLAG, offsetof(struct command_line, dry_run)},
    {"--fetch", COMMAND_LINE_FLAG, offsetof(struct command_line, fetch)},
    {"--help", COMMAND_LINE_FLAG, offsetof(struct command_line, help)},
    {"-h", COMMAND_LINE_FLAG, offsetof(struct command_line, help)},
};

static size_t command_line_find(const char *word, size_t length)
{
    size_t i = 0;

    while (i < ARRAY_SIZE(command_line_options) &&
           (strlen(command_line_options[i].name) != length ||
            strncmp(command_line_options[i].name, word, length) != 0))
        i++;
    return i;
}

static int command_line_set(struct command_line *line, size_t option, const char *value)
{
    void *member = (char *)line + command_line_options[option].offset;

    if (command_line_options[option].kind == COMMAND_LINE_NUMBER)
        return options_number(command_line_options[option].name, value, member);
    *(const char **)member = value;
    return 0;
}

/* One word, and perhaps the next one. Returns how many were taken. */
static int command_line_take(struct command_line *line, char **words)
{
    const char *equals = strchr(*words, '='), *value = equals ? equals + 1 : words[1];
    size_t i = command_line_find(*words, equals ? (size_t)(equals - *words) : strlen(*words));
    bool flag =
        i < ARRAY_SIZE(command_line_options) && command_line_options[i].kind == COMMAND_LINE_FLAG;
    int r;

    if (i == ARRAY_SIZE(command_line_options) || (flag && equals))
        return err_say(EINVAL, "'vm' does not take '%s'; see ./run.sh vm --help", *words);
    if (flag) {
        *(bool *)(void *)((char *)line + command_line_options[i].offset) = true;
        return 1;
    }
    if (!value || !*value)
        return err_say(EINVAL, "option '%s' needs a value; see ./run.sh vm --help",
                       command_line_options[i].name);
    r = command_line_set(line, i, value);
    if (r < 0)
        return r;
    return equals ? 1 : 2;
}

static int command_line_check(const struct command_line *line)
{
    if (line->accelerator && strcmp(line->accelerator, "kvm") != 0 &&
        strcmp(line->accelerator, "tcg") != 0)
        return err_say(EINVAL, "--accel takes kvm or tcg, not '%s'", line->accelerator);
    return 0;
}

/* ---- suite ---- */

/* Does the word name this option, which takes a value? */
static bool command_line_is(const char *word, const char *option)
{
    size_t length = strlen(option);

    return strncmp(word, option, length) == 0 && (word[length] == '\0' || word[length] == '=');
}

/* What names a file: inside it lies elsewhere, and what is written comes from the results. Returns
 * how many words were taken; 0: the word is not such an option. */
static int command_line_take_file(struct command_line *line, char **words)
{
    bool written = command_line_is(*words, "--junit") || command_line_is(*words, "--tap");
    bool objects = command_line_is(*words, "--objects");
    int n = strchr(*words, '=') ? 1 : 2, r = 0;

    if (!written && !objects && !command_line_is(*words, "--expect"))
        return 0;
    if (objects)
        r = words_add(&line->guest, "--objects=" IMAGE_OBJECTS "/%s",
                      strrchr(line->options.objects, '/') + 1);
    else if (!written)
        r = words_add(&line->guest, "--expect=" IMAGE_EXPECT);
    for (int i = 0; r >= 0 && !written && i < n; i++)
        r = words_add(&line->host, "%s", words[i]);
    return r < 0 ? r : n;
}

static int command_line_take_word(struct command_line *line, char **words)
{
    int r = command_line_take_file(line, words);

    if (r != 0)
        return r;
    r = words_add(&line->guest, "%s", *words);
    if (r < 0)
        return r;
    r = words_add(&line->host, "%s", *words);
    return r < 0 ? r : 1;
}

static int command_line_read_suite(const struct site *site, int argc, char **argv,
                                   struct command_line *line)
{
    int r = options_read(site, OPTIONS_SUITE, argc, argv, &line->options);

    if (r < 0)
        return r;
    if (line->options.list)
        return err_say(EINVAL, "--list needs no virtual machine: ./run.sh suite --list");
    if (line->options.plant)
        return err_say(EINVAL, "--plant needs a compiler, and there is none in a virtual machine: "
                               "./run.sh suite --plant");
    for (int i = 1; i < argc; i += r) {
        r = command_line_take_word(line, argv + i);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- the other verbs ---- */

static int command_line_read_verifier(const struct site *site, int argc, char **argv,
                                      struct command_line *line)
{
    int r = options_read(site, OPTIONS_VERIFIER, argc, argv, &line->options);

    if (r < 0 || !line->options.objects)
        return r;
    return words_add(&line->guest, "--objects=" IMAGE_OBJECTS "/%s",
                     strrchr(line->options.objects, '/') + 1);
}

static int command_line_read_doctor(const struct site *site, int argc, char **argv,
                                    struct command_line *line)
{
    (void)site;
    (void)argc;
    return words_add_all(&line->guest, (const char *const *)argv + 1);
}

static int command_line_read_exec(const struct site *site, int argc, char **argv,
                                  struct command_line *line)
{
    if (argc < 2 || !*argv[1])
        return err_say(EINVAL, "'vm exec' needs a command");
    return command_line_read_doctor(site, argc, argv, line);
}

static const struct {
    const char *name;
    enum vm_verb verb;
    int (*read)(const struct site *site, int argc, char **argv, struct command_line *line);
} command_line_verbs[] = {
    {"suite", VM_SUITE, command_line_read_suite},
    {"verifier", VM_VERIFIER, command_line_read_verifier},
    {"doctor", VM_DOCTOR, command_line_read_doctor},
    {"exec", VM_EXEC, command_line_read_exec},
};

static int command_line_read_verb(const struct site *site, int argc, char **argv,
                                  struct command_line *line)
{
    for (size_t i = 0; i < ARRAY_SIZE(command_line_verbs); i++) {
        int r;

        if (strcmp(command_line_verbs[i].name, *argv) != 0)
            continue;
        line->verb = command_line_verbs[i].verb;
        r = words_add(&line->guest, "%s", *argv);
        return r < 0 ? r : command_line_verbs[i].read(site, argc, argv, line);
    }
    return err_say(EINVAL,
                   "'vm' runs suite, verifier, doctor or exec, not '%s'; see ./run.sh vm --help",
                   *argv);
}

int command_line_read(const struct site *site, int argc, char **argv, struct command_line *out)
{
    char *suite[] = {"suite", NULL};
    int i = 1, r;

    *out = (struct command_line){.boot_limit_s = COMMAND_LINE_BOOT_LIMIT_S,
                                 .run_limit_s = COMMAND_LINE_RUN_LIMIT_S};
    for (; i < argc && *argv[i] == '-' && !out->help; i += r) {
        r = command_line_take(out, argv + i);
        if (r < 0)
            return r;
    }
    if (out->help)
        return 0;
    r = command_line_check(out);
    if (r < 0)
        return r;
    r = i < argc ? command_line_read_verb(site, argc - i, argv + i, out)
                 : command_line_read_verb(site, 1, suite, out);
    if (r >= 0 && out->options.help)
        out->help = true;
    return r;
}

void command_line_clear(struct command_line *line)
{
    options_clear(&line->options);
    strings_clear(&line->guest);
    strings_clear(&line->host);
}
