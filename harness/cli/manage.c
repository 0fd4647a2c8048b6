// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agent/ask.h"
#include "cli/cli.h"
#include "lab/managed.h"
#include "lab/marks.h"
#include "cli/verbs.h"
#include "lab/xdp.h"

enum { MANAGE_FAMILY = 256, MANAGE_VARS };

struct manage_options {
    enum family family;
    bool json, vars;
};

static int manage_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct manage_options *o = data;

    if (key == MANAGE_FAMILY)
        return cli_family(command, value, &o->family);
    o->json = o->json || key == 'j';
    o->vars = o->vars || key == MANAGE_VARS;
    return 0;
}

static const char *manage_yes(bool is)
{
    return is ? "yes" : "no";
}

static int manage_status(const struct lab *lab, const struct topology_pod *pod,
                         const struct manage_options *o)
{
    struct managed m;
    int r = managed_read(lab, pod, &m);

    if (r < 0)
        return cli_code(r);
    if (o->json)
        printf("{\"cookie\":%s,\"v4\":%s,\"v6\":%s}\n", m.cookie ? "true" : "false",
               m.v4 ? "true" : "false", m.v6 ? "true" : "false");
    else
        printf(o->vars ? "cookie=%s\nv4=%s\nv6=%s\n" : "cookie %s, v4 address %s, v6 address %s\n",
               manage_yes(m.cookie), manage_yes(m.v4), manage_yes(m.v6));
    return CODE_DONE;
}

/* Who manages a pod attaches to its interface, too; with the commands alone nobody would. What is
 * attached stays: the program looks at km_manage. */
static int manage_command(const struct lab *lab, const struct topology_pod *pod, const char *what,
                          enum family family)
{
    if (ask_manage(lab, pod->name, what, family) < 0)
        return CODE_FAILED;
    if (strcmp(what, "enable") != 0)
        return CODE_DONE;
    if (xdp_attach_pod(lab, pod) < 0)
        return CODE_FAILED;
    return marks_attach_pod(lab, pod) < 0 ? CODE_FAILED : CODE_DONE;
}

static int manage_run(const struct lab *lab, const char *pod_name, const char *what,
                      const struct manage_options *o)
{
    const struct topology_pod *pod;
    int r = lab_pod(lab, pod_name, &pod);

    if (r < 0)
        return cli_code(r);
    if (strcmp(what, "status") == 0)
        return manage_status(lab, pod, o);
    return manage_command(lab, pod, what, o->family);
}

static const struct argp_option manage_argp_options[] = {
    {"family", MANAGE_FAMILY, "FAMILY", 0, "v4, v6 or mapped (default: $WAYPOST_FAMILY, else v4)",
     0},
    {"json", 'j', NULL, 0, "status as JSON", 0},
    {"vars", MANAGE_VARS, NULL, 0, "status as NAME=VALUE lines", 0},
    {0},
};

int verb_manage(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", "POD", "enable|disable|status", NULL};
    static const char *const choices[] = {"enable", "disable", "status", NULL};
    static const struct cli_command command = {
        .verb = "manage",
        .purpose = "Enables or disables a pod with the control connect, made inside the pod as a "
                   "CNI makes it; or says what km_manage holds of it",
        .usage = "LAB POD enable|disable|status",
        .examples = "Examples:\n"
                    "  sudo waypost manage demo client disable\n"
                    "  sudo waypost manage demo client enable --family v6\n"
                    "  sudo waypost manage demo client status",
        .arguments = arguments,
        .required = 3,
        .options = manage_argp_options,
        .option = manage_option,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct manage_options o = {.json = false};
    struct cli_line line;
    int r = cli_default_family(&command, &o.family);

    if (r < 0)
        return cli_code(r);
    r = cli_parse(&command, argc, argv, &o, &line);
    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0 ||
        cli_name(&command, "POD", line.argument[1]) < 0 ||
        cli_choice(&command, "the command", line.argument[2], choices) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.argument[0], &lab);
    return r < 0 ? cli_code(r) : manage_run(lab, line.argument[1], line.argument[2], &o);
}
