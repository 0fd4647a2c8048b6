// SPDX-License-Identifier: Apache-2.0
#include "check/prints.h"

#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

#define PRINTS_START "terminal_start()"

/* What goes past stdio: the descriptors by name, by number, by file; another stream. */
#define PRINTS_PAST                                                                                \
    "(\\<STD(OUT|ERR)_FILENO\\>|\\<(stdout|stderr) *=[^=]|\"/dev/(tty|std(out|err))"               \
    "|\\<(v?dprintf|p?writev?|send|fdopen|fcntl|dup|json_dumpfd) *\\( *[12] *[,)]|\\<freopen "     \
    "*\\()"

static const struct {
    const char *path, *reason;
} prints_excused[] = {
    {"harness/common/terminal.c", "it is what the others are to pass"},
    {"harness/agent/spawn.c", "they become the pod's log; a handler of signals writes its name"},
    {"harness/bench/suite.c", "becomes /dev/null in a program that is started"},
    {"harness/cli/import.c", "-o may be /dev/stdout: what is written is the topology alone"},
    {"harness/confine/filter.c", "what a sanitizer of a child may still write to"},
    {"harness/play/call_data.c", "becomes the socket of a script in a program that is started"},
    {"harness/run/progress.c", "asks how wide the terminal is"},
    {"harness/serve/command.c", "they become the pipe of a command in a pod"},
    {"harness/serve/serve.c", "stdout is the words' protocol: it is moved away, not written to"},
    {"harness/serve/session.c", "in memory, for as long as a verb runs"},
    {"harness/vm/guest/init.c", "the first process of a machine, linked with nothing else"},
    {"harness/vm/status.c", "asks how wide the terminal is"},
    {"harness/vm/vm.c", "a descriptor in a command line that is shown and not run"},
};

/* ---- lines ---- */

static bool prints_is_excused(const struct source *source)
{
    for (size_t i = 0; i < ARRAY_SIZE(prints_excused); i++)
        if (strcmp(source->path, prints_excused[i].path) == 0)
            return true;
    return false;
}

static size_t prints_line(const char *text, const char *end)
{
    size_t line = 1;

    for (; text < end; text++)
        line += *text == '\n';
    return line;
}

static bool prints_is_comment(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    at += strspn(at, " ");
    return strncmp(at, "//", 2) == 0 || strncmp(at, "/*", 2) == 0 || strncmp(at, "* ", 2) == 0;
}

/* How many lines could write past the streams; they are printed unless `out` is NULL. */
static int prints_past(const struct source *source, const regex_t *past, FILE *out)
{
    const char *at = source->text;
    regmatch_t match;
    int found = 0;

    for (; regexec(past, at, 1, &match, 0) == 0; at += match.rm_eo) {
        const char *word = at + match.rm_so;

        if (prints_is_comment(source->text, word))
            continue;
        found++;
        if (out)
            fprintf(out, "%s:%zu: writes to a terminal past common/terminal.h: %.*s\n",
                    source->path, prints_line(source->text, word), (int)(match.rm_eo - match.rm_so),
                    word);
    }
    return found;
}

static int prints_main(const struct source *source, FILE *out)
{
    const char *at = strstr(source->text, "\nint main(");

    if (!at || strstr(source->text, PRINTS_START))
        return 0;
    if (out)
        fprintf(out, "%s:%zu: main() does not begin with " PRINTS_START " of common/terminal.h\n",
                source->path, prints_line(source->text, at + 1));
    return 1;
}

/* ---- the rule ---- */

static int prints_check_source(const struct source *source, const regex_t *past, FILE *out)
{
    bool excused = prints_is_excused(source);
    int found =
        prints_past(source, past, excused ? NULL : out) + prints_main(source, excused ? NULL : out);

    if (!excused)
        return found;
    if (found > 0)
        return 0;
    fprintf(out, "%s: excused in harness/check/prints.c, and does nothing that needs it\n",
            source->path);
    return 1;
}

int prints_check(const struct tree *tree, FILE *out)
{
    regex_t past;
    int found = 0;

    if (regcomp(&past, PRINTS_PAST, REG_EXTENDED) != 0)
        return err_r(ENOMEM, "cannot look for prints");
    for (size_t i = 0; i < tree->n; i++)
        found += prints_check_source(&tree->sources[i], &past, out);
    regfree(&past);
    return found;
}
