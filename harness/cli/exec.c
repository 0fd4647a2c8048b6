// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "cgroup/cgroup.h"
#include "net/net.h"

/* As a shell answers: 127 for a command that is not there, 126 for one that cannot be run. */
enum { EXEC_CANNOT = 126, EXEC_NOT_FOUND = 127 };

/* A node has a network namespace and no processes: what runs there stays in its caller's cgroup. */
static int exec_run(const struct lab *lab, const char *name, char **command)
{
    const struct topology_pod *pod;
    bool is_node = topology_node(lab->topology, name);
    int r = is_node ? 0 : lab_pod(lab, name, &pod);

    if (r < 0)
        return cli_code(r);
    if (!is_node && cgroup_enter_pod(lab, pod) < 0)
        return CODE_FAILED;
    if (net_enter(lab, name) < 0)
        return CODE_FAILED;
    /* The command may run for long; the lab is not to be locked meanwhile. */
    if (lab->lock_fd >= 0)
        close(lab->lock_fd);
    fflush(NULL);
    signal(SIGPIPE, SIG_DFL); /* what is ignored stays so for the command */
    execvp(command[0], command);
    r = errno;
    err_r(r, "cannot run '%s' in '%s'", command[0], name);
    _exit(r == ENOENT ? EXEC_NOT_FOUND : EXEC_CANNOT);
}

int verb_exec(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", "POD", NULL};
    static const struct cli_command command = {
        .verb = "exec",
        .purpose = "Runs a command in a pod's network namespace and cgroup, or in a node's network "
                   "namespace, and exits with its exit code (127: no such command)",
        .usage = "LAB POD -- COMMAND [ARGUMENT...]",
        .examples = "Examples:\n"
                    "  sudo waypost exec demo client -- ip addr\n"
                    "  sudo waypost exec demo client -- curl -s http://10.96.0.1/\n"
                    "  sudo waypost exec demo client -- bash",
        .arguments = arguments,
        .required = 2,
        .takes_command = true,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, NULL, &line);

    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0 ||
        cli_name(&command, "POD", line.argument[1]) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.argument[0], &lab);
    return r < 0 ? cli_code(r) : exec_run(lab, line.argument[1], line.command);
}
