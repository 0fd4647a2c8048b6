// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/bundle_line.h"
#include "cli/verbs.h"
#include "common/log.h"

#define REPRO_LAB "repro"

struct repro_options {
    struct bundle_line line;
    const char *lab;
    bool json, shell;
};

enum { REPRO_SHELL = 256, REPRO_LAB_NAME };

static const struct argp_option repro_argp_options[] = {
    BUNDLE_LINE_OPTIONS,
    {"shell", REPRO_SHELL, NULL, 0, "Then a shell; the lab stays until it ends", 0},
    {"lab", REPRO_LAB_NAME, "LAB", 0, "The lab's name (default: " REPRO_LAB ")", 0},
    {"json", 'j', NULL, 0, "A line of JSON per flow", 0},
    {0},
};

static int repro_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct repro_options *o = data;

    switch (key) {
    case REPRO_SHELL:
        o->shell = true;
        return 0;
    case REPRO_LAB_NAME:
        o->lab = value;
        return cli_name(command, "--lab", value);
    case 'j':
        o->json = true;
        return 0;
    default:
        return bundle_line_option(command, key, value, &o->line);
    }
}

static void repro_release(struct repro_options *o)
{
    bundle_line_release(&o->line);
}

static void repro_print(const struct driven *driven, const char *client, bool json)
{
    _cleanup_json_ json_t *j = NULL;

    if (!json) {
        driven_print(stdout, driven, client);
        return;
    }
    j = driven_json(driven, client);
    cli_print_json(j);
}

static int repro_flow(struct bundle_lab *lab, const struct reproduction *what, size_t flow,
                      bool json, bool *parts)
{
    struct driven driven;
    int r = drive(lab, &what->cluster, &what->reachable->flows[flow], &driven);

    if (r == 0)
        repro_print(&driven, reproduction_client(what, flow), json);
    *parts = *parts || driven.parted < driven.n;
    driven_release(&driven);
    return r;
}

static _Noreturn void repro_become_shell(const struct lab *lab)
{
    const char *shell = getenv("SHELL");

    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    close(lab->lock_fd);
    setenv("LAB", lab->name, 1);
    if (!shell || !*shell)
        shell = "sh";
    execlp(shell, shell, NULL);
    _exit(127);
}

static void repro_shell(const struct lab *lab)
{
    void (*before)(int);
    pid_t pid;

    fprintf(stderr, "The lab is '%s': waypost show %s, waypost flow %s POD ADDRESS:PORT\n",
            lab->name, lab->name, lab->name);
    fflush(NULL);
    before = signal(SIGINT, SIG_IGN); /* is for what runs in the shell */
    pid = fork();
    if (pid == 0)
        repro_become_shell(lab);
    if (pid > 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    signal(SIGINT, before);
}

static int repro_run(const struct repro_options *o, const struct reproduction *what)
{
    _cleanup_(bundle_lab_down) struct bundle_lab *lab = NULL;
    bool parts = false;
    int r = reproduction_up(what, o->lab, &o->line.source, &lab);

    if (r < 0)
        return CODE_FAILED;
    for (size_t i = 0; i < what->reachable->n_flows; i++) {
        if (repro_flow(lab, what, i, o->json, &parts) < 0)
            return CODE_FAILED;
    }
    if (o->shell)
        repro_shell(lab->lab);
    return parts ? CODE_NO : CODE_DONE;
}

int verb_repro(int argc, char **argv)
{
    static const char *const arguments[] = {"BUNDLE", NULL};
    static const struct cli_command command = {
        .verb = "repro",
        .purpose = "Builds a lab from a bundle, makes its flows, and says where what is seen parts "
                   "from the contract. Exit code 0: nowhere, 1: somewhere, 2: a bad bundle or "
                   "command line, 3: the lab could not be built",
        .usage = "BUNDLE",
        .examples = "Examples:\n"
                    "  sudo waypost repro bug.tar.zst\n"
                    "  sudo waypost repro bug.tar.zst --flow 10.244.1.7 10.96.0.12:80 --shell\n"
                    "  sudo waypost repro bug --objects ~/kmesh/bpf/kmesh/bpf2go/dualengine",
        .arguments = arguments,
        .required = 1,
        .options = repro_argp_options,
        .option = repro_option,
    };
    _cleanup_(reproduction_release) struct reproduction what = {};
    _cleanup_(repro_release) struct repro_options o = {.lab = REPRO_LAB};
    int r = bundle_line_parse(&command, argc, argv, &o, &o.line, &what);

    return r < 0 ? cli_code(r) : repro_run(&o, &what);
}
