// SPDX-License-Identifier: Apache-2.0
/* waypost verdict: what a loaded program does with packets that were never sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "common/memory_files.h"
#include "forge/table.h"

#define VERDICT_INPUT_MAX (16LL << 20) /* bytes of descriptions */
#define VERDICT_WORDS_MAX 256          /* as arguments */

enum { VERDICT_FAMILY = 256 };

struct verdict_line {
    const char *argument[VERDICT_WORDS_MAX];
    size_t n;
    enum family family;
    bool json;
};

static int verdict_more(const struct cli_command *command, const char *word, void *data)
{
    struct verdict_line *line = data;

    if (line->n == VERDICT_WORDS_MAX)
        return cli_usage(command, "more than %d packets: give them on stdin", VERDICT_WORDS_MAX);
    line->argument[line->n++] = word;
    return 0;
}

static int verdict_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct verdict_line *line = data;

    if (key == VERDICT_FAMILY)
        return cli_family(command, value, &line->family);
    line->json = true;
    return 0;
}

static int verdict_stdin(char **out)
{
    _cleanup_(memory_files_free) struct memory_files memory = {};
    const struct memory_file *file;
    int r = memory_files_add(&memory, "stdin");

    if (r == 0)
        r = memory_files_fill(&memory, STDIN_FILENO, VERDICT_INPUT_MAX);
    if (r < 0)
        return err_r(r, "cannot read the packets from stdin");
    file = memory_files_find(&memory, "stdin");
    if (file->size > 0 && memchr(file->bytes, 0, file->size))
        return err_say(EINVAL, "stdin is no text");
    *out = strndup(file->size > 0 ? (const char *)file->bytes : "", file->size);
    return *out ? 0 : err_r(ENOMEM, "cannot read the packets from stdin");
}

/* An argument is a line, or several. */
static int verdict_text(const struct verdict_line *line, char **out)
{
    size_t size;
    FILE *file;

    if (line->n == 0)
        return verdict_stdin(out);
    file = open_memstream(out, &size);
    if (!file)
        return err_r(ENOMEM, "cannot read the packets");
    for (size_t i = 0; i < line->n; i++)
        fprintf(file, "%s\n", line->argument[i]);
    fclose(file);
    return 0;
}

static const struct argp_option verdict_options[] = {
    {"family", VERDICT_FAMILY, "FAMILY", 0,
     "What names stand for: v4, v6 or mapped (default: $WAYPOST_FAMILY, else v4)", 0},
    {"json", 'j', NULL, 0, "A JSON object for each packet, with its bytes before and after", 0},
    {0},
};

static const char *const verdict_arguments[] = {"LAB", "POD|NODE", "PROGRAM", NULL};

static const struct cli_command verdict_command = {
    .verb = "verdict",
    .purpose = "Says what an XDP or tc program that a lab has loaded does with packets, by "
               "BPF_PROG_TEST_RUN: nothing is sent. One packet a line, from the arguments or from "
               "stdin",
    .usage = "LAB POD|NODE PROGRAM [PACKET[ -> VERDICT]...]",
    .examples =
        "XDP sees the packets that arrive at the pod, tc those that leave it. Verdicts are pass,\n"
        "drop, tx, redirect and aborted; of tc ok, shot and so on with the mark behind; `changed`\n"
        "follows when the program changed a byte. Where one is expected and is not found the exit\n"
        "code is 1. docs/forged-packets.md has the words of a packet.\n\n"
        "Examples:\n"
        "  sudo waypost verdict demo server xdp_authz 'tcp syn from=client:4000 to=:8080'\n"
        "  sudo waypost verdict demo server xdp_authz 'tcp syn from=10.0.0.1:1 to=:80 ihl=15 -> "
        "drop'\n"
        "  sudo waypost verdict demo client tc_mark_encrypt 'udp from=:1 to=peer:2 mark=0x77'\n"
        "  sudo waypost verdict demo server xdp_authz --json <packets",
    .arguments = verdict_arguments,
    .required = 3,
    .more = verdict_more,
    .options = verdict_options,
    .option = verdict_option,
};

static int verdict_in_lab(const struct lab *lab, const struct cli_line *words,
                          const struct verdict_line *line, const char *text)
{
    _cleanup_(verdict_close) struct verdict_program program = {.fd = -1};
    struct forge_place place;
    size_t differ;
    int r = forge_place_find(lab, words->argument[1], line->family, &place);

    if (r == 0)
        r = verdict_open(&place, words->argument[2], &program);
    if (r == 0)
        r = table_run(&program, text, line->json, stdout, &differ);
    if (r < 0)
        return cli_code(r);
    return differ ? CODE_NO : CODE_DONE;
}

int verb_verdict(int argc, char **argv)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    _cleanup_free_ char *text = NULL;
    struct verdict_line line = {.n = 0};
    struct cli_line words;
    int r = cli_default_family(&verdict_command, &line.family);

    if (r < 0)
        return cli_code(r);
    r = cli_parse(&verdict_command, argc, argv, &line, &words);
    if (r < 0)
        return cli_code(r);
    if (cli_name(&verdict_command, "LAB", words.argument[0]) < 0 ||
        cli_name(&verdict_command, "POD|NODE", words.argument[1]) < 0)
        return CODE_MISTAKE;
    r = verdict_text(&line, &text);
    if (r == 0)
        r = cli_open_lab(&verdict_command, words.argument[0], &lab);
    return r < 0 ? cli_code(r) : verdict_in_lab(lab, &words, &line, text);
}
