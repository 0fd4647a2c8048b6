// SPDX-License-Identifier: Apache-2.0
#include "cli/capture.h"
#include "cli/flow_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "common/log.h"
#include "field/capture.h"

struct capture_options {
    struct capture_plan capture;
    const char *out, *lab, *node;
    json_t *flows; /* from --flow; owned */
};

enum {
    CAPTURE_PINS_DIR = 256,
    CAPTURE_BPFTOOL,
    CAPTURE_OBJECTS,
    CAPTURE_REDACT,
    CAPTURE_LAB,
    CAPTURE_NODE,
};

static const struct argp_option capture_argp_options[] = {
    {"output", 'o', "PATH", 0,
     "The bundle: a directory, or an archive when it ends in .tar.zst (default: "
     "waypost-bundle-TIME.tar.zst)",
     0},
    {"pins", CAPTURE_PINS_DIR, "DIR", 0, "Where the maps are pinned (default: " CAPTURE_PINS ")",
     0},
    {"from-bpftool", CAPTURE_BPFTOOL, "DIR", 0,
     "Read DIR/NAME.json, what `bpftool map dump -j name NAME` printed, and no kernel", 0},
    {"objects", CAPTURE_OBJECTS, "DIR", 0, "Take the *.o files in DIR into the bundle", 0},
    {"redact", CAPTURE_REDACT, NULL, 0,
     "Other addresses, one to one: 198.18.0.0/15 and 2001:db8::/32; ports stay", 0},
    FLOW_WORDS_OPTION("A flow that misbehaves, for `waypost repro`; may be repeated"),
    {"lab", CAPTURE_LAB, "LAB", 0, "Capture a lab instead of this machine", 0},
    {"node", CAPTURE_NODE, "NODE", 0,
     "Which node of the lab (default: that of the first flow's client)", 0},
    {0},
};

static int capture_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct capture_options *o = data;

    switch (key) {
    case 'o':
        o->out = value;
        return 0;
    case CAPTURE_PINS_DIR:
        o->capture.pins = value;
        return 0;
    case CAPTURE_BPFTOOL:
        o->capture.bpftool = value;
        return 0;
    case CAPTURE_OBJECTS:
        o->capture.objects = value;
        return 0;
    case CAPTURE_REDACT:
        o->capture.redact = true;
        return 0;
    case CAPTURE_LAB:
        o->lab = value;
        return 0;
    case CAPTURE_NODE:
        o->node = value;
        return 0;
    default:
        return flow_words_option(command, value, &o->flows);
    }
}

static void capture_release(struct capture_options *o)
{
    json_decref(o->flows);
}

static int capture_check(const struct cli_command *command, const struct capture_options *o,
                         const struct capture_lab_source *labs)
{
    int sources = (o->capture.pins != NULL) + (o->capture.bpftool != NULL) + (o->lab != NULL);

    if (sources > 1)
        return cli_usage(command, "--pins, --from-bpftool and --lab are one or the other");
    if (o->lab && !labs)
        return cli_usage(command, "this program has no labs; `waypost capture` has");
    if (o->node && !o->lab)
        return cli_usage(command, "--node goes with --lab");
    return o->capture.bpftool ? 0 : cli_need_root(command);
}

static const char *capture_default_name(char name[64])
{
    time_t now = time(NULL);
    struct tm tm;

    if (!gmtime_r(&now, &tm) ||
        strftime(name, 64, "waypost-bundle-%Y%m%dT%H%M%SZ.tar.zst", &tm) == 0)
        strcpy(name, "waypost-bundle.tar.zst");
    return name;
}

/* Writes the bundle, and prints its name. */
static int capture_write(struct capture_options *o)
{
    const char *out = o->out;
    char name[64];
    int r;

    if (!o->capture.pins)
        o->capture.pins = CAPTURE_PINS;
    if (json_array_size(o->flows))
        o->capture.flows = o->flows;
    if (!out)
        out = capture_default_name(name);
    r = capture_run(&o->capture, out);
    if (r < 0)
        return r;
    puts(out);
    return 0;
}

static int capture_write_lab(struct capture_options *o, const struct capture_lab_source *labs)
{
    struct capture_lab lab = {};
    int r = labs->find(o->lab, o->node, o->flows, &lab);

    if (r == 0) {
        o->capture.pins = lab.pins;
        o->capture.topology = lab.topology;
        o->capture.pods = lab.pods;
        o->capture.netns = lab.netns;
        r = capture_write(o);
    }
    labs->release(&lab);
    return r;
}

int capture_main(int argc, char **argv, const struct capture_lab_source *labs)
{
    static const char *const arguments[] = {NULL};
    static const struct cli_command command = {
        .verb = "capture",
        .purpose = "Writes a node's maps, attached programs and addresses into a bundle, for "
                   "`waypost repro`. Nothing on the node is changed",
        .usage = "",
        .examples = "Examples:\n"
                    "  sudo waypost capture --redact\n"
                    "  sudo waypost capture -o bug.tar.zst --flow 10.244.1.7 10.96.0.12:80\n"
                    "  waypost capture --from-bpftool dumps/ -o bug",
        .arguments = arguments,
        .options = capture_argp_options,
        .option = capture_option,
    };
    _cleanup_(capture_release) struct capture_options o = {};
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, &o, &line);

    if (r < 0)
        return cli_code(r);
    r = capture_check(&command, &o, labs);
    if (r < 0)
        return cli_code(r);
    return cli_code(o.lab ? capture_write_lab(&o, labs) : capture_write(&o));
}
