// SPDX-License-Identifier: Apache-2.0
/* waypost verifier: what the verifier spends on each program, next to what is on record. */
#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/json.h"
#include "report/verifier_table.h"

struct verifier_options {
    const char *record; /* NULL: only print */
    bool write;
};

static const struct argp_option verifier_options[] = {
    {"record", 'r', "FILE", 0, "Compare with the table in FILE (docs/verifier.md)", 0},
    {"write", 'w', NULL, 0, "Put the figures into the table instead of comparing", 0},
    {0},
};

static int verifier_option(const struct cli_command *command, int key, const char *value,
                           void *data)
{
    struct verifier_options *o = data;

    if (key == 'w')
        o->write = true;
    else if (!*value)
        return cli_usage(command, "--record needs the name of a file");
    else
        o->record = value;
    return 0;
}

static const char *const verifier_arguments[] = {NULL};

static const struct cli_command verifier_command = {
    .verb = "verifier",
    .purpose = "Prints what each kernel's verifier spent on each program, out of what `waypost "
               "programs -j` printed there; a program that grew by more than 10 % over its record "
               "is a failure",
    .usage = "FILE...",
    .examples = "Exit codes: 0 nothing grew too much, 1 something did, 2 a file cannot be read.\n\n"
                "Examples:\n"
                "  sudo waypost programs -j >6.12.json; waypost verifier 6.12.json\n"
                "  waypost verifier --record docs/verifier.md 6.1.json 6.12.json\n"
                "  waypost verifier --record docs/verifier.md --write 6.1.json",
    .arguments = verifier_arguments,
    .takes_command = true,
    .options = verifier_options,
    .option = verifier_option,
};

static int verifier_take(const char *path, struct verifier_table *table)
{
    _cleanup_json_ json_t *report = NULL;
    int r = json_read_file(path, JSON_REPORT_MAX, &report);

    return r < 0 ? r : verifier_table_from_json(report, path, table);
}

static int verifier_run(const struct verifier_options *o, const struct verifier_table *now)
{
    _cleanup_(verifier_table_clear) struct verifier_table record = {0};
    size_t grown = 0;
    int r;

    if (o->write)
        return cli_code(verifier_table_write(o->record, now));
    r = verifier_table_print(now, stdout);
    if (r < 0 || !o->record)
        return cli_code(r);
    r = verifier_table_read(o->record, &record);
    if (r < 0)
        return cli_code(r);
    r = verifier_table_compare(now, &record, stdout, &grown);
    if (r < 0)
        return cli_code(r);
    return grown ? CODE_NO : CODE_DONE;
}

int verb_verifier(int argc, char **argv)
{
    _cleanup_(verifier_table_clear) struct verifier_table now = {0};
    struct verifier_options o = {0};
    struct cli_line line;
    int r = cli_parse(&verifier_command, argc, argv, &o, &line);

    if (r < 0)
        return cli_code(r);
    if (o.write && !o.record)
        return cli_code(cli_usage(&verifier_command, "--write needs --record FILE"));
    for (char **file = line.command; *file; file++) {
        r = verifier_take(*file, &now);
        if (r < 0)
            return cli_code(r);
    }
    return verifier_run(&o, &now);
}
