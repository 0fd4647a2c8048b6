// SPDX-License-Identifier: Apache-2.0
#include "cli/programs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/verbs.h"
#include "show/programs.h"
#include "lab/interface.h"

struct programs_options {
    struct programs_source source;
    bool json;
};

static int programs_directory(const struct cli_command *command, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return cli_usage(command, "--objects is '%s', must be a directory: %s", path,
                         strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return cli_usage(command, "--objects is '%s', must be a directory", path);
    return 0;
}

int programs_option(const struct cli_command *command, int key, const char *value,
                    struct programs_source *source)
{
    switch (key) {
    case PROGRAMS_OBJECTS:
        source->dir = value;
        return programs_directory(command, value);
    case PROGRAMS_VARIANT:
        if (programs_variant_from_name(value, &source->variant) < 0)
            return cli_usage(command, "--variant is '%s', must be normal or compat", value);
        return 0;
    default:
        source->mix = true;
        return 0;
    }
}

int programs_option_check(const struct cli_command *command, const struct programs_source *source)
{
    if (source->dir)
        return 0;
    if (source->mix)
        return cli_usage(command, "--mix needs --objects DIR: there is nothing to mix");
    if (source->variant != PROGRAMS_BY_KERNEL)
        return cli_usage(command, "--variant needs --objects DIR: there is nothing to choose");
    return 0;
}

static int programs_take_option(const struct cli_command *command, int key, const char *value,
                                void *data)
{
    struct programs_options *o = data;

    if (key != 'j' && key != 'n')
        return programs_option(command, key, value, &o->source);
    *(key == 'n' ? &o->source.unloaded : &o->json) = true;
    return 0;
}

static int programs_run(const struct programs_options *o)
{
    _cleanup_json_ json_t *report = NULL;
    int loaded = 0, r = programs_interface(&o->source, &report, &loaded);

    if (r < 0)
        return CODE_MISTAKE;
    if (o->json)
        cli_print_json(report);
    else
        programs_print(stdout, report, o->source.mix);
    if (loaded < 0)
        return CODE_FAILED;
    return json_array_size(json_object_get(report, "differences")) ? CODE_NO : CODE_DONE;
}

int verb_programs(int argc, char **argv)
{
    static const char *const arguments[] = {NULL};
    static const struct argp_option options[] = {
        PROGRAMS_OPTIONS,
        {"json", 'j', NULL, 0, "As one line of JSON, with more in it", 0},
        {"no-load", 'n', NULL, 0, "Only read and compare: nothing goes to the kernel", 0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "programs",
        .purpose = "Compares the programs and maps of a directory's objects with the contract, and "
                   "loads them without attaching anything. Exit 0: all as the contract says, 1: "
                   "something differs, 2: the directory cannot be read, 3: the kernel refused one",
        .usage = NULL,
        .examples = "Examples:\n"
                    "  sudo waypost programs\n"
                    "  sudo waypost programs --objects ~/kmesh/bpf/kmesh/bpf2go/dualengine\n"
                    "  sudo waypost programs --objects DIR --variant compat\n"
                    "  sudo waypost programs --objects DIR -j | jq -r '.differences[].text'",
        .arguments = arguments,
        .options = options,
        .option = programs_take_option,
    };
    struct programs_options o = {.json = false};
    struct cli_line line;

    int r = cli_parse(&command, argc, argv, &o, &line);

    if (r < 0)
        return cli_code(r);
    if (programs_option_check(&command, &o.source) < 0)
        return CODE_MISTAKE;
    return cli_need_root(&command) < 0 ? CODE_FAILED : programs_run(&o);
}
