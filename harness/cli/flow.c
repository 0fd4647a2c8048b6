// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "agent/observe.h"
#include "cli/cli.h"
#include "cli/flow_line.h"
#include "show/flow.h"
#include "show/flow_vars.h"
#include "cli/verbs.h"
#include "common/json.h"
#include "common/log.h"
#include "place/lab.h"

static int flow_print(const struct lab *lab, const struct flow_line *line,
                      const json_t *observation)
{
    if (line->json)
        cli_print_json(observation);
    else if (line->vars)
        flow_print_vars(stdout, observation, lab->topology);
    else
        flow_print_text(stdout, observation, lab->topology);
    return line->file ? json_write_file(line->file, observation) : 0;
}

static int flow_resolve_also(const struct lab *lab, const struct flow_line *line)
{
    json_t *list = line->n_also ? json_array() : NULL;

    if (list && json_object_set_new(line->request, "also", list) < 0)
        return err_r(ENOMEM, "cannot write down the request");
    for (size_t i = 0; i < line->n_also; i++) {
        struct address_port to;
        int r = topology_resolve(lab->topology, line->also[i], line->family, &to);

        if (r < 0)
            return r;
        if (json_array_append_new(list, json_address_port(&to)) < 0)
            return err_r(ENOMEM, "cannot write down the request");
    }
    return 0;
}

static int flow_run(const struct lab *lab, const struct flow_line *line)
{
    _cleanup_json_ json_t *observation = NULL;
    char text[ADDRESS_TEXT_MAX];
    const struct topology_pod *pod;
    struct address_port to;
    int r = lab_pod(lab, line->pod, &pod);

    if (r == 0 && line->target)
        r = topology_resolve(lab->topology, line->target, line->family, &to);
    if (r == 0)
        r = flow_resolve_also(lab, line);
    if (r < 0)
        return CODE_MISTAKE;
    r = observe_flow(lab,
                     &(struct observe){.pod = line->pod,
                                       .to = line->target ? address_port_text(&to, text) : NULL,
                                       .family = line->family,
                                       .request = line->request,
                                       .deadline_ms = line->deadline_ms,
                                       .keep = line->keep},
                     &observation);
    if (r < 0)
        return r == -EINVAL ? CODE_MISTAKE : CODE_FAILED; /* the agent did not take the request */
    return flow_print(lab, line, observation) < 0 ? CODE_FAILED : CODE_DONE;
}

int verb_flow(int argc, char **argv)
{
    static const struct cli_command command = {.verb = "flow"};
    _cleanup_(flow_line_release) struct flow_line line = {0};
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r = flow_read_line(argc, argv, &line);

    if (r < 0)
        return cli_code(r);
    r = cli_open_lab(&command, line.lab, &lab);
    return r < 0 ? cli_code(r) : flow_run(lab, &line);
}
