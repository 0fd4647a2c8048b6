// SPDX-License-Identifier: Apache-2.0
/* waypost kernels: kernels.yaml as JSON, for run.sh. */
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "probe/probe.h"
#include "vm/kernels.h"

static const char *kernels_name(const json_t *kernel)
{
    return json_string_value(json_object_get(kernel, "name"));
}

/* A probe that is not there would never be missing. */
static int kernels_check_probes(const char *path, const json_t *kernels)
{
    const json_t *kernel, *probe;
    size_t i, j;

    json_array_foreach (kernels, i, kernel) {
        json_array_foreach (json_object_get(kernel, "missing"), j, probe) {
            if (!probe_find(json_string_value(probe)))
                return err_say(EINVAL,
                               "%s: kernel '%s': there is no probe '%s'; see waypost doctor", path,
                               kernels_name(kernel), json_string_value(probe));
        }
    }
    return 0;
}

static const json_t *kernels_find(const json_t *kernels, const char *name)
{
    const json_t *kernel;
    size_t i;

    json_array_foreach (kernels, i, kernel) {
        if (strcmp(kernels_name(kernel), name) == 0)
            return kernel;
    }
    return NULL;
}

static int kernels_unknown(const char *path, const json_t *kernels, const char *name)
{
    _cleanup_free_ char *all = NULL;
    const json_t *kernel;
    size_t i, size;
    FILE *f = open_memstream(&all, &size);

    if (!f)
        return err_r(ENOMEM, "cannot list the kernels");
    json_array_foreach (kernels, i, kernel)
        fprintf(f, "%s%s", i ? ", " : "", kernels_name(kernel));
    fclose(f);
    return err_say(ENOENT, "%s has no kernel '%s'; there are: %s", path, name, all);
}

/* "6.1,6.12", in that order. */
static int kernels_print_chosen(const char *path, const json_t *kernels, const char *names)
{
    _cleanup_free_ char *copy = strdup(names);
    _cleanup_json_ json_t *chosen = json_array();
    char *rest = copy, *name;
    const json_t *kernel;
    size_t i;

    if (!copy)
        return err_r(ENOMEM, "cannot read the names");
    while ((name = strsep(&rest, ","))) {
        kernel = kernels_find(kernels, name);
        if (!kernel)
            return kernels_unknown(path, kernels, name);
        if (kernels_find(chosen, name))
            return err_say(EINVAL, "kernel '%s' is there twice", name);
        json_array_append(chosen, (json_t *)kernel);
    }
    json_array_foreach (chosen, i, kernel)
        cli_print_json(kernel);
    return 0;
}

static int kernels_print(const char *path, const json_t *kernels, const char *names)
{
    const json_t *kernel;
    size_t i;

    if (names)
        return kernels_print_chosen(path, kernels, names);
    json_array_foreach (kernels, i, kernel)
        cli_print_json(kernel);
    return 0;
}

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
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, NULL, &line);

    if (r == 0)
        r = kernels_read(line.argument[0], &kernels);
    if (r == 0)
        r = kernels_check_probes(line.argument[0], kernels);
    if (r == 0)
        r = kernels_print(line.argument[0], kernels, line.argument[1]);
    return r < 0 ? cli_code(r) : CODE_DONE;
}
