// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "play/call.h"
#include "play/play.h"

enum { PLAY_AS = 256, PLAY_FAMILY };

struct play_line {
    const char *as; /* another target, or NULL */
    enum family family;
};

static int play_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct play_line *line = data;

    if (key == PLAY_FAMILY)
        return cli_family(command, value, &line->family);
    line->as = value;
    return 0;
}

static const struct argp_option play_options[] = {
    {"as", PLAY_AS, "TARGET", 0, "Play it on a flow to that target, too: both have to answer alike",
     0},
    {"family", PLAY_FAMILY, "FAMILY", 0, "v4, v6 or mapped (default: $WAYPOST_FAMILY, else v4)", 0},
    {0},
};

static const char *const play_arguments[] = {"LAB", "CLIENT", "TARGET", "SCRIPT", NULL};

static const struct cli_command play_command = {
    .verb = "play",
    .purpose = "Plays a script of socket calls at both ends of a flow from the pod CLIENT, and "
               "prints each call with its answer. Exit code 1: an answer is not the one that the "
               "script expects, or with --as not that of the other flow",
    .usage = "LAB CLIENT TARGET [--as OTHER_TARGET] SCRIPT",
    .examples = "The player listens where the flow has to end (the waypoint, the endpoint, the\n"
                "pod), which must have no listener there. docs/play.md has the calls.\n\n"
                "Examples:\n"
                "  sudo waypost up demo -t topologies/answers.yaml\n"
                "  printf '%s\\n' 'c connect' 's accept' 's poll -> out' >asked\n"
                "  sudo waypost play demo client web:80 asked\n"
                "  sudo waypost play demo client web:80 --as direct:80 asked",
    .arguments = play_arguments,
    .required = 4,
    .options = play_options,
    .option = play_option,
};

static int play_on(const struct lab *lab, const char *client, const struct play_target *target,
                   const struct script *script, struct strings *answers)
{
    const struct topology_pod *pod;
    int r = lab_pod(lab, client, &pod);

    return r < 0 ? r : play_run(lab, pod, target, script, answers);
}

static int play_both(const struct lab *lab, const struct cli_line *words,
                     const struct play_line *line, const struct script *script)
{
    _cleanup_strings_ struct strings answers = {0}, other_answers = {0};
    struct play_target target, other;
    struct play_column first = {.answers = &answers}, second = {.answers = &other_answers};
    int r = play_target_find(lab, words->argument[2], line->family, &target);

    if (r == 0 && line->as)
        r = play_target_find(lab, line->as, line->family, &other);
    if (r == 0)
        r = play_on(lab, words->argument[1], &target, script, &answers);
    if (r == 0 && line->as)
        r = play_on(lab, words->argument[1], &other, script, &other_answers);
    if (r < 0)
        return cli_code(r);
    first.target = target.name;
    second.target = line->as;
    return play_differs(script, &first, line->as ? &second : NULL, stdout) ? CODE_NO : CODE_DONE;
}

int verb_play(int argc, char **argv)
{
    _cleanup_(script_release) struct script script = {0};
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct play_line line = {0};
    struct cli_line words;
    int r = cli_default_family(&play_command, &line.family);

    if (r == 0)
        r = cli_parse(&play_command, argc, argv, &line, &words);
    if (r < 0)
        return cli_code(r);
    if (cli_name(&play_command, "LAB", words.argument[0]) < 0 ||
        cli_name(&play_command, "CLIENT", words.argument[1]) < 0)
        return CODE_MISTAKE;
    r = script_read(words.argument[3], &play_calls, &script);
    if (r == 0)
        r = cli_open_lab(&play_command, words.argument[0], &lab);
    return r < 0 ? cli_code(r) : play_both(lab, &words, &line, &script);
}
