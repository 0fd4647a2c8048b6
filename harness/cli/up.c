// SPDX-License-Identifier: Apache-2.0
/* All or nothing (but for --partial): whatever goes wrong, and a signal too, takes down again what
 * was made. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/ask.h"
#include "agent/spawn.h"
#include "cli/cli.h"
#include "cli/down.h"
#include "cli/interrupt.h"
#include "cli/programs.h"
#include "cli/settings_line.h"
#include "cli/verbs.h"
#include "common/deadline.h"
#include "common/log.h"
#include "maps/baseline.h"
#include "lab/up.h"
#include "place/open.h"

#define UP_PHASES_MAX 12

struct up_options {
    const char *topology;
    struct programs_source source;
    struct settings_line settings;
    enum family family;
    bool programs, agents, timing;
};

struct up_phase {
    const char *name;
    double start_ms;
};

struct up_clock {
    struct up_phase phases[UP_PHASES_MAX];
    size_t n;
};

enum { UP_NO_PROGRAMS = 256, UP_NO_AGENTS, UP_TIMING, UP_FAMILY, UP_PARTIAL, UP_SET };

static const struct argp_option up_argp_options[] = {
    {"topology", 't', "FILE", 0, "The topology to build (required)", 0},
    {"family", UP_FAMILY, "FAMILY", 0,
     "v4 or v6: whose addresses backends and waypoints get in the maps; mapped is as v4 (default: "
     "$WAYPOST_FAMILY, else v4)",
     0},
    PROGRAMS_OPTIONS,
    {"partial", UP_PARTIAL, NULL, 0,
     "Go on without a program that the kernel refuses; `waypost show LAB --absent` names it", 0},
    {"set", UP_SET, "NAME=VALUE", 0,
     "Set a global variable of the programs, as `waypost set`; may be repeated, and wins over "
     "the topology's",
     0},
    {"no-programs", UP_NO_PROGRAMS, NULL, 0, "Namespaces, cgroups and agents only: no BPF", 0},
    {"no-agents", UP_NO_AGENTS, NULL, 0, "Start no agents, and enrol no pods", 0},
    {"timing", UP_TIMING, NULL, 0, "Say on stderr how long each phase took", 0},
    {0},
};

static double up_now_ms(void)
{
    return (double)clock_ns() / 1e6;
}

static int up_begin_phase(void *data, const char *name)
{
    struct up_clock *clock = data;

    if (clock->n < UP_PHASES_MAX)
        clock->phases[clock->n++] = (struct up_phase){name, up_now_ms()};
    return stop_asked(&interrupt_stop);
}

static void up_print_timing(const struct up_clock *clock)
{
    double end = up_now_ms();

    for (size_t i = 0; i < clock->n; i++) {
        double next = i + 1 < clock->n ? clock->phases[i + 1].start_ms : end;

        fprintf(stderr, "%-10s %8.1f ms\n", clock->phases[i].name,
                next - clock->phases[i].start_ms);
    }
    if (clock->n)
        fprintf(stderr, "%-10s %8.1f ms\n", "all", end - clock->phases[0].start_ms);
}

static void up_release(struct up_options *o)
{
    settings_line_release(&o->settings);
}

static int up_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct up_options *o = data;

    switch (key) {
    case 't':
        o->topology = value;
        return 0;
    case UP_FAMILY:
        return cli_family(command, value, &o->family);
    case UP_PARTIAL:
        o->source.partial = true;
        return 0;
    case UP_NO_PROGRAMS:
        o->programs = false;
        return 0;
    case UP_NO_AGENTS:
        o->agents = false;
        return 0;
    case UP_SET:
        return settings_line_add(command, "--set", value, &o->settings);
    case UP_TIMING:
        o->timing = true;
        return 0;
    default:
        return programs_option(command, key, value, &o->source);
    }
}

static int up_build_agents(const struct lab *lab, const struct up_options *o,
                           struct up_clock *clock)
{
    int r = up_begin_phase(clock, "agents");

    if (r < 0)
        return r;
    r = spawn_agents(lab, o->programs, &interrupt_stop);
    if (r < 0 || !o->programs)
        return r;
    r = up_begin_phase(clock, "enrol");
    return r < 0 ? r : ask_enrol(lab, &interrupt_stop);
}

static int up_save_baseline(const struct lab *lab, struct up_clock *clock)
{
    int r = up_begin_phase(clock, "baseline");

    return r < 0 ? r : maps_save_baseline(lab);
}

static int up_build(struct lab *lab, const struct up_options *o, struct up_clock *clock)
{
    struct lab_plan plan = {.programs = o->programs,
                            .source = o->source,
                            .settings = o->settings.settings,
                            .n_settings = o->settings.n,
                            .phase = up_begin_phase,
                            .data = clock,
                            .stop = &interrupt_stop};
    int r = lab_up(lab, &plan);

    if (r < 0)
        return r;
    r = o->agents ? up_build_agents(lab, o, clock) : 0;
    if (r < 0)
        return r;
    r = o->programs ? up_save_baseline(lab, clock) : 0;
    if (r < 0)
        return r;
    r = stop_asked(&interrupt_stop);
    return r < 0 ? r : lab_ready(lab);
}

/* A second signal ends this, too. */
static void up_take_down(struct lab *lab, const struct up_clock *clock)
{
    int r, signal = interrupt_noted();

    if (signal)
        err_say(EINTR,
                "SIG%s in the phase '%s' of %zu pods: taking down what was built of lab '%s'",
                sigabbrev_np(signal), clock->n ? clock->phases[clock->n - 1].name : "start",
                lab->topology->n_pods, lab->name);
    interrupt_forget();
    r = lab_down(lab, &interrupt_stop);
    if (r == 0 && signal)
        err_say(EINTR, "SIG%s: what was built of lab '%s' was taken down again",
                sigabbrev_np(signal), lab->name);
    if (r == -EINTR)
        down_interrupted(lab->name);
}

static int up_run(const char *name, const struct up_options *o, struct topology **topology)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    _cleanup_interrupt_ struct interrupt interrupt;
    struct up_clock clock = {.n = 0};
    int r;

    interrupt_note(&interrupt);
    r = lab_new(name, o->family, topology, &lab);
    if (r < 0)
        return cli_code(r);
    r = up_build(lab, o, &clock);
    if (r < 0) {
        up_take_down(lab, &clock);
        return CODE_FAILED;
    }
    if (o->timing)
        up_print_timing(&clock);
    return CODE_DONE;
}

static int up_check(const struct cli_command *command, const struct up_options *o,
                    const struct cli_line *line)
{
    int r = programs_option_check(command, &o->source);

    if (r < 0)
        return r;
    r = cli_name(command, "LAB", line->argument[0]);
    if (r < 0)
        return r;
    if (!o->topology)
        return cli_usage(command, "which topology? give it with -t FILE");
    if (o->settings.n && !o->programs)
        return cli_usage(command, "--set needs programs: there is nothing to set");
    return cli_need_root(command);
}

int verb_up(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", NULL};
    static const struct cli_command command = {
        .verb = "up",
        .purpose = "Builds a lab from a topology: its network, its cgroups, the programs, and an "
                   "agent in every pod, whose listeners are bound when this returns",
        .usage = "LAB -t FILE",
        .examples =
            "Examples:\n"
            "  sudo waypost up demo -t topologies/one-waypoint.yaml\n"
            "  sudo waypost up demo -t topologies/one-waypoint.yaml --family v6 --timing\n"
            "  sudo waypost up demo -t mine.yaml --objects ~/kmesh/bpf/kmesh/bpf2go/dualengine",
        .arguments = arguments,
        .required = 1,
        .options = up_argp_options,
        .option = up_option,
    };
    _cleanup_(topology_free) struct topology *topology = NULL;
    _cleanup_(up_release) struct up_options o = {.programs = true, .agents = true};
    struct cli_line line;
    int r = cli_default_family(&command, &o.family);

    if (r < 0)
        return cli_code(r);
    r = cli_parse(&command, argc, argv, &o, &line);
    if (r < 0)
        return cli_code(r);
    r = up_check(&command, &o, &line);
    if (r < 0)
        return cli_code(r);
    if (topology_read(o.topology, &topology) < 0)
        return CODE_MISTAKE;
    return up_run(line.argument[0], &o, &topology);
}
