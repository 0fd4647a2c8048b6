// SPDX-License-Identifier: Apache-2.0
/* waypost verdict, and waypost forge: what a loaded program does with packets that nobody sent, and
 * what becomes of those that are sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "forge/verdict.h"
#include "forge/way.h"

#define VERDICT_WORDS_MAX 256 /* as arguments */

enum { VERDICT_FAMILY = 256 };

struct verdict_line {
    const char *argument[VERDICT_WORDS_MAX];
    size_t n;
    enum family family;
    bool json;
    char *text; /* of all packets */
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

static const char *const forge_arguments[] = {"LAB", "POD|NODE", "POD|NODE", NULL};

static const struct cli_command forge_command = {
    .verb = "forge",
    .purpose = "Sends packets that no socket would from a pod's interface, and says whether they "
               "arrive at another's as they should. One packet a line, from the arguments or from "
               "stdin",
    .usage = "LAB FROM AT [PACKET[ -> OUTCOME]...]",
    .examples =
        "FROM and AT are two pods, or a pod and its own node. An outcome is arrived, lost, or\n"
        "`arrived changed` when other bytes arrived between the same addresses. Where one is\n"
        "expected and is not found the exit code is 1. docs/forged-packets.md has the words.\n\n"
        "Examples:\n"
        "  sudo waypost forge demo client server 'tcp syn from=:4000 to=:8080 ihl=15'\n"
        "  sudo waypost forge demo client server 'udp from=10.9.9.9:1 to=:2 ttl=1 -> lost'\n"
        "  sudo waypost forge demo node server 'vlan=5 udp from=client:1 to=:2'\n"
        "  sudo waypost forge demo client server --json <packets",
    .arguments = forge_arguments,
    .required = 3,
    .more = verdict_more,
    .options = verdict_options,
    .option = verdict_option,
};

static int verdict_ask(const struct table_judge *judge, const struct verdict_line *line)
{
    size_t differ;
    int r = table_run(judge, line->text, line->json, stdout, &differ);

    if (r < 0)
        return cli_code(r);
    return differ ? CODE_NO : CODE_DONE;
}

static int verdict_run(const struct lab *lab, const struct cli_line *words,
                       const struct verdict_line *line)
{
    _cleanup_(verdict_close) struct verdict_program program = {.fd = -1};
    struct forge_place place;
    struct table_judge judge;
    int r = forge_place_find(lab, words->argument[1], line->family, &place);

    if (r == 0)
        r = verdict_open(&place, words->argument[2], &program);
    if (r < 0)
        return cli_code(r);
    judge = verdict_judge(&program);
    return verdict_ask(&judge, line);
}

static int forge_run(const struct lab *lab, const struct cli_line *words,
                     const struct verdict_line *line)
{
    _cleanup_(way_close) struct forge_way way = {.send_fd = -1, .receive_fd = -1};
    struct forge_place from, at;
    struct table_judge judge;
    int r = forge_place_find(lab, words->argument[1], line->family, &from);

    if (r == 0)
        r = forge_place_find(lab, words->argument[2], line->family, &at);
    if (r == 0)
        r = way_open(&from, &at, &way);
    if (r < 0)
        return cli_code(r);
    judge = way_judge(&way);
    return verdict_ask(&judge, line);
}

static int verdict_verb(const struct cli_command *command,
                        int (*run)(const struct lab *lab, const struct cli_line *words,
                                   const struct verdict_line *line),
                        int argc, char **argv)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct verdict_line line = {.n = 0};
    struct cli_line words;
    int r = cli_default_family(command, &line.family);

    if (r < 0)
        return cli_code(r);
    r = cli_parse(command, argc, argv, &line, &words);
    if (r < 0)
        return cli_code(r);
    if (cli_name(command, "LAB", words.argument[0]) < 0 ||
        cli_name(command, "POD|NODE", words.argument[1]) < 0)
        return CODE_MISTAKE;
    r = table_text(line.argument, line.n, &line.text);
    if (r == 0)
        r = cli_open_lab(command, words.argument[0], &lab);
    r = r < 0 ? cli_code(r) : run(lab, &words, &line);
    free(line.text);
    return r;
}

int verb_verdict(int argc, char **argv)
{
    return verdict_verb(&verdict_command, verdict_run, argc, argv);
}

int verb_forge(int argc, char **argv)
{
    return verdict_verb(&forge_command, forge_run, argc, argv);
}
