// SPDX-License-Identifier: Apache-2.0
#include "vm/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/text.h"
#include "run/lines.h"
#include "run/process.h"
#include "run/progress.h"
#include "run/words.h"
#include "vm/channels.h"
#include "vm/output.h"
#include "vm/qemu.h"

/* Seconds in which a machine with KVM is ready, or else KVM is not to be trusted. */
#define MACHINE_KVM_LIMIT_S 8
#define MACHINE_NS          1000000000LL

struct machine {
    struct machine_settings settings;
    const struct prepared *kernel;
    const char *accelerator;
    int64_t born_ns, started_ns; /* of the first boot, and of this one */
    struct process process;
    struct loop_source ended; /* the pidfd */
    struct channels channels;
    struct verdict_facts facts;
    struct verdict verdict;
    long long seconds; /* when it has ended */
};

static struct machine *machine_of_channels(struct channels *channels)
{
    return container_of(channels, struct machine, channels);
}

/* ---- what it says ---- */

static void machine_copy(char out[TAIL_MAX], const char *text)
{
    snprintf(out, TAIL_MAX, "%s", text);
}

static void machine_take_exit(struct machine *machine, const char *text)
{
    char *end;
    long code = strtol(text, &end, 10);

    if (end != text && *end == '\0' && code >= 0 && code <= 255)
        machine->facts.exit_code = (int)code;
}

/* One line of the status port (guest/init.c). */
static int machine_heard(char *line, void *data)
{
    static const char *const phases[] = {
        [VERDICT_INIT] = "init", [VERDICT_READY] = "ready", [VERDICT_SUITE] = "suite"};
    struct machine *machine = data;
    char *rest = text_clean_line(line), *word = strsep(&rest, " ");

    for (size_t i = VERDICT_INIT; i < ARRAY_SIZE(phases); i++)
        if (strcmp(word, phases[i]) == 0)
            machine->facts.phase = (enum verdict_phase)i;
    if (!rest)
        return 0;
    if (strcmp(word, "lacks") == 0 && !*machine->facts.lacks)
        machine_copy(machine->facts.lacks, rest);
    else if (strcmp(word, "out-of-memory") == 0)
        machine_copy(machine->facts.out_of_memory, rest);
    else if (strcmp(word, "exit") == 0)
        machine_take_exit(machine, rest);
    return 0;
}

/* ---- the end ---- */

static void machine_tell(struct machine *machine, int r)
{
    machine->settings.ended(machine, r, machine->settings.data);
}

static void machine_fail(struct machine *machine, int r)
{
    loop_close_source(machine->settings.loop, &machine->ended);
    process_kill(&machine->process);
    channels_close(&machine->channels);
    machine_tell(machine, r);
}

static int machine_write_verdict(struct machine *machine)
{
    struct verdict_how how = {.accelerator = machine->accelerator};

    machine->seconds = how.seconds = (clock_ns() - machine->born_ns) / MACHINE_NS;
    return verdict_write(machine->kernel->dir, &machine->verdict, &how);
}

/* KVM was tried, nobody has asked for it, and the command inside has not begun. */
static bool machine_wants_tcg(const struct machine *machine)
{
    return strcmp(machine->accelerator, "kvm") == 0 && !machine->settings.line->accelerator &&
           !*machine->facts.lacks && machine->facts.exit_code < 0 &&
           machine->facts.phase < VERDICT_READY;
}

static int machine_boot(struct machine *machine, const char *accelerator);

static int machine_boot_without_kvm(struct machine *machine)
{
    vm_status_hide(machine->settings.context->status);
    fprintf(stderr, "KVM does not boot this kernel (%s %s): going on with TCG\n",
            machine->verdict.word, machine->verdict.detail);
    qemu_distrust_kvm(machine->settings.context, machine->verdict.word);
    return machine_boot(machine, "tcg");
}

/* Its process has ended, and everything that it said was read. */
static int machine_conclude(struct machine *machine, bool *again)
{
    int r = 0;

    verdict_find(&machine->facts, &machine->verdict);
    *again = machine->kernel->image && machine_wants_tcg(machine);
    if (*again)
        return machine_boot_without_kvm(machine);
    if (machine->kernel->image)
        r = output_unpack(machine->kernel->dir);
    return r < 0 ? r : machine_write_verdict(machine);
}

static int machine_wait(struct machine *machine)
{
    int r = channels_drain(&machine->channels);

    if (r < 0)
        return r;
    channels_close(&machine->channels);
    return process_wait(&machine->process, -1, &machine->facts.qemu_code);
}

static void machine_process_ended(struct loop_source *source, uint32_t events)
{
    struct machine *machine = container_of(source, struct machine, ended);
    bool again = false;
    int r;

    (void)events;
    loop_close_source(machine->settings.loop, &machine->ended);
    r = machine_wait(machine);
    if (r >= 0 && !machine->kernel->image)
        machine->facts.exit_code = machine->facts.qemu_code;
    if (r >= 0)
        r = machine_conclude(machine, &again);
    if (r < 0)
        machine_fail(machine, r);
    else if (!again)
        machine_tell(machine, 0);
}

static void machine_channels_failed(struct channels *channels, int r)
{
    machine_fail(machine_of_channels(channels), r);
}

/* ---- the start ---- */

/* The loop has a descriptor of its own, which it closes. */
static int machine_watch(struct machine *machine)
{
    int fd = fcntl(machine->process.pidfd, F_DUPFD_CLOEXEC, 3);

    if (fd < 0)
        return err_r(errno, "cannot watch a machine");
    machine->ended = (struct loop_source){fd, machine_process_ended};
    return loop_add(machine->settings.loop, &machine->ended, EPOLLIN);
}

/* A file in its directory, empty. */
static int machine_create(const struct machine *machine, const char *name)
{
    _cleanup_free_ char *path = NULL;
    int fd, r = text_format(&path, "%s/%s", machine->kernel->dir, name);

    if (r < 0)
        return r;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    return fd < 0 ? err_r(errno, "cannot write '%s'", path) : fd;
}

static int machine_run_qemu(struct machine *machine, const struct channels_ends *ends)
{
    const struct qemu_machine qemu = {machine->kernel, machine->accelerator,
                                      machine->settings.line->append, ends->output, ends->live};
    _cleanup_strings_ struct strings argv = {0};
    _cleanup_close_ int errors = machine_create(machine, QEMU_ERRORS);
    struct process_spec spec = {
        .in = PROCESS_NULL, .out = ends->status, .err = errors, .dies_with_caller = true};
    int r = errors;

    if (r < 0)
        return r;
    r = qemu_line(machine->settings.context, &qemu, &argv);
    if (r < 0)
        return r;
    spec.argv = words_array(&argv);
    return process_start(&spec, &machine->process);
}

static int machine_boot(struct machine *machine, const char *accelerator)
{
    const struct command_line *line = machine->settings.line;
    const struct channels_settings settings = {
        .loop = machine->settings.loop,
        .dir = machine->kernel->dir,
        .status = machine->settings.is_alone ? machine->settings.context->status : NULL,
        .heard = machine_heard,
        .heard_data = machine,
        .failed = machine_channels_failed};
    bool trial = strcmp(accelerator, "kvm") == 0 && !line->accelerator;
    struct channels_ends ends;
    int r = channels_open(&settings, &machine->channels, &ends);

    if (r < 0)
        return r;
    machine->accelerator = accelerator;
    machine->started_ns = clock_ns();
    machine->facts =
        (struct verdict_facts){.dir = machine->kernel->dir,
                               .exit_code = -1,
                               .boot_limit_s = trial ? MACHINE_KVM_LIMIT_S : line->boot_limit_s,
                               .run_limit_s = line->run_limit_s};
    r = machine_run_qemu(machine, &ends);
    channels_close_ends(&ends);
    return r < 0 ? r : machine_watch(machine);
}

/* What they leave is brought into the same form. */
static int machine_run_host(struct machine *machine)
{
    _cleanup_strings_ struct strings argv = {0};
    _cleanup_free_ char *into = NULL;
    _cleanup_close_ int output = machine_create(machine, OUTPUT_FILE);
    const char *const verb[] = {machine->settings.context->site->waypost, "run", "suite", NULL};
    const char *environment[] = {NULL, NULL};
    struct process_spec spec = {.environment = environment,
                                .in = PROCESS_NULL,
                                .out = output,
                                .err = PROCESS_LIKE_OUT,
                                .dies_with_caller = true};
    int r = output;

    if (r < 0)
        return r;
    r = text_format(&into, "WAYPOST_RESULTS_INTO=%s/" OUTPUT_RESULTS, machine->kernel->dir);
    if (r < 0)
        return r;
    environment[0] = into;
    r = words_add_all(&argv, verb);
    if (r < 0)
        return r;
    r = words_add_all(&argv, words_array(&machine->settings.line->host));
    if (r < 0)
        return r;
    spec.argv = words_array(&argv);
    return process_start(&spec, &machine->process);
}

static int machine_start_host(struct machine *machine)
{
    int r = machine_run_host(machine);

    if (r < 0)
        return r;
    machine->accelerator = "host";
    machine->facts = (struct verdict_facts){
        .dir = machine->kernel->dir, .exit_code = -1, .phase = VERDICT_SUITE};
    return machine_watch(machine);
}

int machine_start(const struct machine_settings *settings, const struct prepared *kernel,
                  struct machine **out)
{
    _cleanup_(machine_free) struct machine *machine = calloc(1, sizeof(*machine));
    const char *asked = settings->line->accelerator;
    int r;

    if (!machine)
        return err_r(ENOMEM, "cannot start a machine");
    machine->settings = *settings;
    machine->kernel = kernel;
    machine->process.pidfd = machine->ended.fd = -1;
    machine->born_ns = machine->started_ns = clock_ns();
    channels_init(&machine->channels);
    r = kernel->image ? machine_boot(machine, asked ? asked : qemu_accelerator(settings->context))
                      : machine_start_host(machine);
    if (r < 0)
        return r;
    *out = TAKE_PTR(machine);
    return 0;
}

void machine_free(struct machine **machine)
{
    struct machine *m = TAKE_PTR(*machine);

    if (!m)
        return;
    loop_close_source(m->settings.loop, &m->ended);
    process_kill(&m->process);
    channels_close(&m->channels);
    free(m);
}

/* ---- its time, and words about it ---- */

const struct prepared *machine_kernel(const struct machine *machine)
{
    return machine->kernel;
}

int64_t machine_deadline(const struct machine *machine)
{
    unsigned limit_s = machine->facts.phase >= VERDICT_READY ? machine->facts.run_limit_s
                                                             : machine->facts.boot_limit_s;

    if (!machine->kernel->image || machine->facts.is_late)
        return DEADLINE_NEVER;
    return machine->started_ns + limit_s * MACHINE_NS;
}

void machine_end_if_late(struct machine *machine)
{
    if (clock_ns() < machine_deadline(machine))
        return;
    machine->facts.is_late = true;
    kill(machine->process.pid, SIGKILL);
}

bool machine_has_line_end(const struct machine *machine)
{
    return !machine->channels.line_open;
}

static const char *machine_doing(const struct machine *machine)
{
    static const char *const words[] = {"booting", "mounting", "running", "the suites"};

    return words[machine->facts.phase];
}

/* ", 210 of 1820 tests, 1 failed", as far as it is known. */
static void machine_describe_tests(const struct output_count *count, char *out, size_t size)
{
    char failed[32] = "";

    *out = '\0';
    if (count->failed > 0)
        snprintf(failed, sizeof(failed), ", %ld failed", count->failed);
    if (count->planned > 0)
        snprintf(out, size, ", %ld of %ld tests%s", count->done, count->planned, failed);
}

void machine_describe(const struct machine *machine, char out[MACHINE_TEXT_MAX])
{
    char elapsed[PROGRESS_TIME_MAX], tests[128];

    progress_time((clock_ns() - machine->born_ns) / 1000000, elapsed);
    machine_describe_tests(&machine->channels.count, tests, sizeof(tests));
    snprintf(out, MACHINE_TEXT_MAX, "%s (%s): %s, %s%s", machine->kernel->name,
             machine->accelerator, machine_doing(machine), elapsed, tests);
}

void machine_describe_end(const struct machine *machine, char out[MACHINE_TEXT_MAX])
{
    snprintf(out, MACHINE_TEXT_MAX, "%s: %s after %lld s (%s) %s", machine->kernel->name,
             machine->verdict.word, machine->seconds, machine->accelerator,
             machine->verdict.detail);
}
