// SPDX-License-Identifier: Apache-2.0
/* waypost kernels: kernels.yaml as JSON, for scripts. */
#include "cli/cli.h"
#include "cli/verbs.h"
#include "vm/choose.h"

int verb_kernels(int argc, char **argv)
{
    static const char *const arguments[] = {"FILE", "NAMES", NULL};
    static const struct cli_command command = {
        .verb = "kernels",
        .purpose = "Prints the kernels of a file such as kernels.yaml, one line of JSON each: all "
                   "of them, or those that are named",
        .usage = "FILE [NAME,NAME...]",
        .examples = "Examples:\n"
                    "  waypost kernels kernels.yaml\n"
                    "  waypost kernels kernels.yaml 6.1,6.12 | jq -r .package",
        .arguments = arguments,
        .required = 1,
    };
    _cleanup_json_ json_t *kernels = NULL;
    const json_t *kernel;
    struct cli_line line;
    size_t i;
    int r = cli_parse(&command, argc, argv, NULL, &line);

    if (r < 0)
        return cli_code(r);
    r = kernels_choose(line.argument[0], line.argument[1], &kernels);
    if (r < 0)
        return cli_code(r);
    json_array_foreach (kernels, i, kernel)
        cli_print_json(kernel);
    return CODE_DONE;
}
