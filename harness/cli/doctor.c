// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "cli/cli.h"
#include "common/log.h"
#include "common/shortage.h"
#include "common/table.h"
#include "cli/verbs.h"
#include "probe/probe.h"

enum { DOCTOR_PROBE = 256 };

struct doctor_options {
    const struct probe *probe; /* this one only */
    bool json;
};

static int doctor_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct doctor_options *o = data;

    if (key == 'j') {
        o->json = true;
        return 0;
    }
    o->probe = probe_find(value);
    if (o->probe)
        return 0;
    return cli_usage(command, "there is no probe '%.40s'; `waypost doctor` lists them", value);
}

static json_t *doctor_try(const struct probe *probe)
{
    char why[PROBE_WHY_MAX] = "";
    enum probe_answer answer = probe_run(probe, why);
    bool ok = answer == PROBE_OK;

    return json_pack("{s:s, s:b, s:b, s:s, s:s, s:s}", "name", probe->name, "ok", ok, "tried",
                     answer != PROBE_NOT_TRIED, "why", ok ? "" : why, "needed_by", probe->needed_by,
                     "remedy", probe->remedy);
}

static const char *doctor_text(const json_t *result, const char *key)
{
    const char *text = json_string_value(json_object_get(result, key));

    return text ? text : "";
}

static bool doctor_ok(const json_t *result)
{
    return json_is_true(json_object_get(result, "ok"));
}

/* Nobody knows of what was not tried. */
static bool doctor_tried(const json_t *result)
{
    return json_is_true(json_object_get(result, "tried"));
}

static const char *doctor_word(const json_t *result)
{
    if (!doctor_tried(result))
        return "not tried";
    return doctor_ok(result) ? "ok" : "missing";
}

static void doctor_explain(const json_t *result)
{
    if (doctor_ok(result))
        return;
    if (!doctor_tried(result))
        printf("\n%s was not tried: %s\n", doctor_text(result, "name"), doctor_text(result, "why"));
    else
        printf("\n%s is missing: %s\n  get it with: %s\n", doctor_text(result, "name"),
               doctor_text(result, "why"), doctor_text(result, "remedy"));
}

static void doctor_print(const json_t *results, const char *release)
{
    _cleanup_(table_release) struct table table = {.columns = 3};
    size_t i, ok = 0, untried = 0;
    const json_t *result;

    json_array_foreach (results, i, result) {
        ok += doctor_ok(result);
        untried += !doctor_tried(result);
        table_add(&table, (const char *[]){doctor_text(result, "name"), doctor_word(result),
                                           doctor_text(result, "needed_by")});
    }
    table_print(&table, stdout);
    json_array_foreach (results, i, result)
        doctor_explain(result);
    printf("\nkernel %s: %zu of %zu probes ok", release, ok, json_array_size(results));
    if (untried > 0)
        printf(", %zu not tried", untried);
    printf("\n");
}

static int doctor_all(bool json)
{
    _cleanup_json_ json_t *results = json_array();
    struct utsname kernel = {.release = "?"};
    bool all = true;
    size_t n;
    const struct probe *probes = probe_all(&n);

    uname(&kernel);
    for (size_t i = 0; i < n; i++) {
        json_t *result = doctor_try(&probes[i]);

        all = all && doctor_ok(result);
        json_array_append_new(results, result);
    }
    if (json) {
        _cleanup_json_ json_t *report =
            json_pack("{s:s, s:O}", "kernel", kernel.release, "probes", results);

        cli_print_json(report);
    } else {
        doctor_print(results, kernel.release);
    }
    return all ? CODE_DONE : CODE_NO;
}

/* Silent when it is there, as a condition should be. */
static int doctor_one(const struct probe *probe, bool json)
{
    _cleanup_json_ json_t *result = doctor_try(probe);

    if (json)
        cli_print_json(result);
    else if (!doctor_tried(result))
        err_say(EAGAIN, SHORTAGE_WORD "%s was not tried: %s", probe->name,
                doctor_text(result, "why"));
    else if (!doctor_ok(result))
        printf("%s: %s (get it with: %s)\n", probe->name, doctor_text(result, "why"),
               probe->remedy);
    if (!doctor_tried(result))
        return CODE_FAILED;
    return doctor_ok(result) ? CODE_DONE : CODE_NO;
}

int verb_doctor(int argc, char **argv)
{
    static const char *const arguments[] = {NULL};
    static const struct argp_option options[] = {
        {"json", 'j', NULL, 0, "As one line of JSON", 0},
        {"probe", DOCTOR_PROBE, "NAME", 0, "Try this one only; silent when it is there", 0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "doctor",
        .purpose = "Tries each feature of the kernel that a lab needs, and says what lacks it and "
                   "how to get it. Exit 0: all are there, 1: something is missing or was not tried",
        .usage = NULL,
        .examples = "Examples:\n"
                    "  sudo waypost doctor\n"
                    "  sudo waypost doctor --probe io_uring || echo without io_uring\n"
                    "  sudo waypost doctor -j | jq '.probes[] | select(.ok | not)'",
        .arguments = arguments,
        .options = options,
        .option = doctor_option,
    };
    struct doctor_options o = {.json = false};
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, &o, &line);

    if (r < 0)
        return cli_code(r);
    return o.probe ? doctor_one(o.probe, o.json) : doctor_all(o.json);
}
