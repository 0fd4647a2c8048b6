// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/capture.h"
#include "cli/flow_words.h"
#include "cli/field.h"
#include "cli/verbs.h"
#include "common/log.h"

#define REPRO_LAB "repro"

struct repro_options {
    struct programs_source source;
    json_t *flows;
    const char *lab;
    bool json, shell;
};

enum { REPRO_SHELL = 256, REPRO_LAB_NAME };

static const struct argp_option repro_argp_options[] = {
    FIELD_FLOW_OPTION,
    PROGRAMS_OPTIONS,
    {"shell", REPRO_SHELL, NULL, 0, "Then a shell; the lab stays until it ends", 0},
    {"lab", REPRO_LAB_NAME, "LAB", 0, "The lab's name (default: " REPRO_LAB ")", 0},
    {"json", 'j', NULL, 0, "A line of JSON per flow", 0},
    {0},
};

static int repro_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct repro_options *o = data;

    switch (key) {
    case FIELD_FLOW:
        return flow_words_option(command, value, o->flows);
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
        return programs_option(command, key, value, &o->source);
    }
}

static int repro_flow(const struct bundle_lab *lab, const struct field *f, size_t flow, bool json,
                      bool *parts)
{
    struct driven driven;
    int r = drive(lab, &f->cluster, &f->reachable->flows[flow], &driven);

    if (r == 0 && json) {
        _cleanup_json_ json_t *j = driven_json(&driven, field_from(f, flow));

        cli_print_json(j);
    } else if (r == 0) {
        driven_print(stdout, &driven, field_from(f, flow));
    }
    *parts = *parts || driven.parted < driven.n;
    driven_release(&driven);
    return r;
}

static void repro_shell(const struct bundle_lab *lab)
{
    const char *shell = getenv("SHELL");
    pid_t pid;

    fprintf(stderr, "The lab is '%s': waypost show %s, waypost flow %s POD ADDRESS:PORT\n",
            lab->lab->name, lab->lab->name, lab->lab->name);
    fflush(NULL);
    signal(SIGINT, SIG_IGN); /* is for what runs in the shell */
    pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        signal(SIGPIPE, SIG_DFL);
        close(lab->lab->lock_fd);
        setenv("LAB", lab->lab->name, 1);
        execlp(shell && *shell ? shell : "sh", shell && *shell ? shell : "sh", NULL);
        _exit(127);
    }
    if (pid > 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
}

static int repro_run(const struct repro_options *o, const struct field *f)
{
    _cleanup_(bundle_lab_down) struct bundle_lab *lab = NULL;
    bool parts = false;
    int r =
        bundle_lab_up(o->lab, f->bundle, &f->cluster, f->reachable, &f->settings, &o->source, &lab);

    for (size_t i = 0; r == 0 && i < f->reachable->n_flows; i++)
        r = repro_flow(lab, f, i, o->json, &parts);
    if (r == 0 && o->shell)
        repro_shell(lab);
    if (r < 0)
        return CODE_FAILED;
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
    _cleanup_json_ json_t *flows = json_array();
    _cleanup_(field_release) struct field f = {};
    struct repro_options o = {.flows = flows, .lab = REPRO_LAB};
    int code = field_parse(&command, argc, argv, &o, &o.source, flows, &f);

    return code == CODE_DONE ? repro_run(&o, &f) : code;
}
