// SPDX-License-Identifier: Apache-2.0
/* Processes, and a loop that waits for one. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "common/loop.h"
#include "run/process.h"

#define LIMIT_MS 10000

static const char *const shell_exits_7[] = {"sh", "-c", "exit 7", NULL};
static const char *const waits[] = {"tail", "-f", "/dev/null", NULL};

static void no_words(enum log_level level, const char *message, void *data)
{
    (void)level, (void)message, (void)data;
}

static void the_status_is_a_shells(void **state)
{
    const char *const killed[] = {"sh", "-c", "kill -KILL $$", NULL};
    struct process_spec spec = {.argv = shell_exits_7};
    int status = -1;

    (void)state;
    assert_int_equal(process_run(&spec, LIMIT_MS, &status), 0);
    assert_int_equal(status, 7);
    spec.argv = killed;
    assert_int_equal(process_run(&spec, LIMIT_MS, &status), 0);
    assert_int_equal(status, 128 + SIGKILL);
}

static void a_program_that_is_not_there_is_an_error(void **state)
{
    const char *const argv[] = {"no-such-program", NULL};
    struct process_spec spec = {.argv = argv};
    struct process process;

    (void)state;
    log_set_sink(no_words, NULL);
    assert_int_equal(process_start(&spec, &process), -ENOENT);
    log_set_sink(NULL, NULL);
    assert_string_equal(log_last_error(),
                        "cannot run 'no-such-program': No such file or directory");
}

static void output_directory_and_environment(void **state)
{
    const char *const argv[] = {"sh", "-c", "pwd; echo \"$A\" \"${B-unset}\" 2>&1", NULL};
    const char *const environment[] = {"A=one two", "B", NULL};
    struct process_spec spec = {.argv = argv, .environment = environment, .directory = "/dev"};
    _cleanup_free_ char *output = NULL;
    int status = -1;

    (void)state;
    setenv("B", "is set", 1);
    assert_int_equal(process_output(&spec, LIMIT_MS, 100, &output, &status), 0);
    assert_int_equal(status, 0);
    assert_string_equal(output, "/dev\none two unset\n");
}

static void stderr_may_be_the_callers_stdout(void **state)
{
    const char *const argv[] = {"sh", "-c", "echo out; echo err >&2", NULL};
    struct process_spec spec = {.argv = argv, .in = PROCESS_NULL, .err = 1};
    _cleanup_free_ char *output = NULL;
    int status = -1;

    (void)state;
    /* err is the caller's own stdout: not what was collected. */
    assert_int_equal(process_output(&spec, LIMIT_MS, 100, &output, &status), 0);
    assert_string_equal(output, "out\n");
}

static void too_much_output_is_refused(void **state)
{
    const char *const argv[] = {"yes", NULL};
    struct process_spec spec = {.argv = argv};
    char *output = NULL;
    int status = -1;

    (void)state;
    log_set_sink(no_words, NULL);
    assert_int_equal(process_output(&spec, LIMIT_MS, 100, &output, &status), -E2BIG);
    log_set_sink(NULL, NULL);
    assert_null(output);
}

static void a_group_is_killed_with_its_leader(void **state)
{
    const char *const argv[] = {"sh", "-c", "tail -f /dev/null & echo $!; wait", NULL};
    struct process_spec spec = {.argv = argv, .group = PROCESS_OWN_GROUP};
    struct process process;
    char line[32] = "";
    int ends[2], status;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    spec.out = ends[1];
    assert_int_equal(process_start(&spec, &process), 0);
    close(ends[1]);
    assert_true(read(ends[0], line, sizeof(line) - 1) > 0);
    assert_int_equal(process_wait(&process, 1, &status), -ETIME);
    process_kill(&process);
    assert_int_equal(process.pidfd, -1);
    process_kill(&process);
    /* The pipe ends when the last of them has. */
    assert_int_equal(read(ends[0], line, sizeof(line)), 0);
    close(ends[0]);
}

static void it_dies_with_its_caller(void **state)
{
    int ends[2];
    char byte;
    pid_t caller;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    caller = fork();
    if (caller == 0) {
        struct process_spec spec = {.argv = waits, .out = ends[1], .dies_with_caller = true};
        struct process process;

        _exit(process_start(&spec, &process) < 0);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

/* ---- in a loop ---- */

struct watched {
    struct loop_source source;
    struct loop loop;
    struct process process;
    int status;
};

static void ended(struct loop_source *source, uint32_t events)
{
    struct watched *watched = container_of(source, struct watched, source);

    (void)events;
    assert_int_equal(process_wait(&watched->process, 0, &watched->status), 0);
    watched->loop.stop = true;
}

static int64_t never(void *data)
{
    (void)data;
    return DEADLINE_NEVER;
}

static void a_loop_is_told_of_its_end(void **state)
{
    struct process_spec spec = {.argv = shell_exits_7};
    struct watched watched = {.source.ready = ended};

    (void)state;
    assert_int_equal(loop_init(&watched.loop), 0);
    assert_int_equal(process_start(&spec, &watched.process), 0);
    watched.source.fd = watched.process.pidfd;
    assert_int_equal(loop_add(&watched.loop, &watched.source, EPOLLIN), 0);
    assert_int_equal(loop_run(&watched.loop, never, NULL), 0);
    assert_int_equal(watched.status, 7);
    loop_close(&watched.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_is_a_shells),
        cmocka_unit_test(a_program_that_is_not_there_is_an_error),
        cmocka_unit_test(output_directory_and_environment),
        cmocka_unit_test(stderr_may_be_the_callers_stdout),
        cmocka_unit_test(too_much_output_is_refused),
        cmocka_unit_test(a_group_is_killed_with_its_leader),
        cmocka_unit_test(it_dies_with_its_caller),
        cmocka_unit_test(a_loop_is_told_of_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
