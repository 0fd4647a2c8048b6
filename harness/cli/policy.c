// SPDX-License-Identifier: Apache-2.0
/* A pod's policies in a lab that is up, changed as a control plane changes them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "show/policy.h"
#include "cli/verbs.h"
#include "common/json.h"
#include "common/log.h"
#include "common/memory_files.h"
#include "maps/policies.h"

/* What the policies themselves begin with, in the place of a file's name. */
#define POLICY_TEXT "policies:"

struct policy_job {
    const struct lab *lab;
    const struct topology_pod *pod;
    const char *argument; /* a file or a name; NULL where none was given */
    bool json;
};

struct policy_verb_action {
    const char *name;
    const char *argument; /* NULL: none; in brackets: it may be left out */
    int (*run)(const struct policy_job *job);
};

static int policy_run_show(const struct policy_job *job)
{
    _cleanup_json_ json_t *policies = NULL;
    int r = maps_show_policies(job->lab, job->pod, &policies);

    if (r < 0)
        return r;
    if (job->json)
        cli_print_json(policies);
    else
        policy_text_print(policies);
    return 0;
}

static int policy_read(const char *from, struct memory_files *out)
{
    int r;

    if (strncmp(from, POLICY_TEXT, strlen(POLICY_TEXT)) == 0) {
        r = memory_files_put(out, "the policies", from, strlen(from));
        return r < 0 ? err_r(-r, "cannot read the policies") : 0;
    }
    if (strcmp(from, "-") != 0)
        return memory_files_read(out, from, TOPOLOGY_FILE_MAX);
    r = memory_files_add(out, "stdin");
    if (r == 0)
        r = memory_files_fill(out, STDIN_FILENO, TOPOLOGY_FILE_MAX);
    return r < 0 ? err_r(-r, "cannot read the policies from stdin") : 0;
}

static int policy_run_set(const struct policy_job *job)
{
    _cleanup_(memory_files_free) struct memory_files read = {0};
    _cleanup_(policies_clear) struct policies policies = {0};
    int r = policy_read(job->argument, &read);

    if (r < 0)
        return r;
    r = topology_parse_policies(read.files[0].name, (const char *)read.files[0].bytes,
                                read.files[0].size, &policies);
    return r < 0 ? r : maps_set_policies(job->lab, job->pod, &policies);
}

static int policy_run_delete(const struct policy_job *job)
{
    return maps_drop_policies(job->lab, job->pod, job->argument);
}

static const struct policy_verb_action policy_actions[] = {
    {"show", NULL, policy_run_show},
    {"set", "FILE", policy_run_set},
    {"delete", "[NAME]", policy_run_delete},
};

static int policy_option(const struct cli_command *command, int key, const char *value, void *data)
{
    (void)command;
    (void)key;
    (void)value;
    *(bool *)data = true;
    return 0;
}

static int policy_find_action(const struct cli_command *command, const struct cli_line *line,
                              const struct policy_verb_action **out)
{
    const char *names[ARRAY_SIZE(policy_actions) + 1] = {NULL};
    const char *argument;

    for (size_t i = 0; i < ARRAY_SIZE(policy_actions); i++) {
        names[i] = policy_actions[i].name;
        if (strcmp(line->argument[2], names[i]) == 0)
            *out = &policy_actions[i];
    }
    if (cli_choice(command, "the action", line->argument[2], names) < 0)
        return -EINVAL;
    argument = (*out)->argument;
    if (argument && argument[0] != '[' && !line->argument[3])
        return cli_usage(command, "%s needs a %s", (*out)->name, argument);
    if (!argument && line->argument[3])
        return cli_usage(command, "%s takes no %s", (*out)->name, line->argument[3]);
    return 0;
}

static const char policy_usage[] = "LAB POD show [--json]\n"
                                   "LAB POD set FILE\n"
                                   "LAB POD delete [NAME]";

static const char policy_examples[] =
    "FILE has the `policies:` of a topology; - is stdin, and a text that begins with \"policies:\" "
    "is the policies themselves. `set` puts the pod under these policies and no others, as a "
    "control plane does: first new parts, then each policy by one update of km_authz_policy. A "
    "policy of the same name and namespace keeps its id. Which pods FILE names is not looked at. "
    "`delete` without a NAME takes all; a NAME that the pod is not under is exit 1. `show` reads "
    "what stands in the maps, and says of each part in which cell it is, or what is wrong with "
    "it.\n\n"
    "Examples:\n"
    "  sudo waypost policy demo web1 set deny.yaml\n"
    "  sudo waypost policy demo web1 set 'policies: [{name: none, action: DENY, rules: [{}]}]'\n"
    "  sudo waypost policy demo web1 show\n"
    "  sudo waypost policy demo web1 delete none";

int verb_policy(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", "POD", "the action", "FILE", NULL};
    static const struct argp_option options[] = {
        {"json", 'j', NULL, 0, "One line of JSON", 0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "policy",
        .purpose = "Shows and changes the authorization policies that a pod is under",
        .usage = policy_usage,
        .examples = policy_examples,
        .arguments = arguments,
        .required = 3,
        .options = options,
        .option = policy_option,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    const struct policy_verb_action *action = NULL;
    struct policy_job job = {0};
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, &job.json, &line);

    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0 ||
        policy_find_action(&command, &line, &action) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.argument[0], &lab);
    if (r < 0)
        return cli_code(r);
    r = lab_pod(lab, line.argument[1], &job.pod);
    if (r < 0)
        return cli_code(r);
    job.lab = lab;
    job.argument = line.argument[3];
    r = action->run(&job);
    return r == -ENOKEY ? CODE_NO : cli_code(r);
}
