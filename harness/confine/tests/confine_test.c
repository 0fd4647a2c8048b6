// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "common/text.h"
#include "confine/confine.h"
#include "confine/filter.h"
#include "confine/stream.h"

static const struct confine_limits limits = {.memory = 64 << 20, .output = 1 << 20, .cpu_s = 1};

/* What the function's outcome is, and the message in *said. */
static int run(confine_fn fn, struct memory_files *out, struct capture *said)
{
    int r;

    capture_start(said);
    r = confine("the input 'x'", fn, "bytes of a stranger", &limits, out);
    capture_end(said);
    return r;
}

static void expect_refused(confine_fn fn, int code, const char *message)
{
    struct memory_files out = {};
    struct capture said;

    assert_int_equal(run(fn, &out, &said), -code);
    assert_string_equal(said.last, message);
    assert_int_equal(said.messages, 1);
    assert_int_equal(out.n, 0);
}

/* -- What comes back ------------------------------------------------------------------------- */

static int fn_two_files(const void *data, struct memory_files *out)
{
    static uint8_t large[200000];

    log_warning("a warning in passing");
    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (uint8_t)(i % 251);
    return memory_files_put(out, "seen", data, strlen(data)) |
           memory_files_put(out, "large", large, sizeof(large)) |
           memory_files_put(out, "empty", "", 0);
}

static void what_it_found_comes_back(void **state)
{
    struct memory_files out = {};
    struct capture said;

    (void)state;
    assert_int_equal(run(fn_two_files, &out, &said), 0);
    assert_string_equal(said.last, "a warning in passing");
    assert_int_equal(said.level, LOG_WARNING);
    assert_int_equal(out.n, 3);
    assert_int_equal(memory_files_find(&out, "seen")->size, 19);
    assert_memory_equal(memory_files_find(&out, "seen")->bytes, "bytes of a stranger", 19);
    assert_int_equal(memory_files_find(&out, "large")->size, 200000);
    assert_int_equal(memory_files_find(&out, "large")->bytes[199999], 199999 % 251);
    assert_int_equal(memory_files_find(&out, "empty")->size, 0);
    memory_files_free(&out);
}

static int fn_error(const void *data, struct memory_files *out)
{
    (void)data;
    memory_files_put(out, "half", "done", 4);
    return err_say(ENOTBLK, "line 7 is \033[31mred");
}

static void its_error_is_the_callers(void **state)
{
    (void)state;
    expect_refused(fn_error, ENOTBLK, "line 7 is red");
}

/* -- What it cannot do ------------------------------------------------------------------------ */

static int fn_open(const void *data, struct memory_files *out)
{
    (void)data;
    (void)out;
    return open("/etc/passwd", O_RDONLY) < 0 ? -errno : 0;
}

static void it_opens_nothing(void **state)
{
    (void)state;
    expect_refused(fn_open, EACCES, "cannot read the input 'x': Permission denied");
}

static int fn_socket(const void *data, struct memory_files *out)
{
    (void)data;
    (void)out;
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int fn_fork(const void *data, struct memory_files *out)
{
    (void)data;
    (void)out;
    return fork() == 0 ? -1 : 0;
}

static int fn_kill(const void *data, struct memory_files *out)
{
    (void)data;
    (void)out;
    return kill(getppid(), SIGTERM);
}

static void it_asks_for_nothing_else(void **state)
{
    static const confine_fn fns[] = {fn_socket, fn_fork, fn_kill};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(fns); i++)
        expect_refused(fns[i], EBADMSG,
                       "the input 'x': reading it asked the kernel for what no reader needs");
}

/* -- Limits ----------------------------------------------------------------------------------- */

static int fn_memory(const void *data, struct memory_files *out)
{
    static const uint8_t bytes[1 << 20];
    int r = memory_files_add(out, "fill");

    (void)data;
    while (r >= 0)
        r = memory_files_append(out, bytes, sizeof(bytes));
    return r;
}

static void memory_has_a_limit(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* it maps terabytes */
#endif
    expect_refused(fn_memory, EFBIG, "the input 'x' takes more than 64 MiB to read");
}

/* A user who has limited waypost itself is told so. */
static void a_limit_of_ones_own_is_a_shortage(void **state)
{
    const struct rlimit own = {48 << 20, RLIM_INFINITY};
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    struct memory_files out = {};
    struct capture said;

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    assert_int_equal(setrlimit(RLIMIT_AS, &own), 0);
    assert_int_equal(run(fn_memory, &out, &said), -ENOMEM);
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
    assert_non_null(strstr(said.last, "shortage: cannot read the input 'x' within `ulimit -v`: "));
}

static int fn_spin(const void *data, struct memory_files *out)
{
    (void)out;
    for (;;)
        if (*(const volatile char *)data == 'x')
            return 0;
}

static void time_has_a_limit(void **state)
{
    (void)state;
    expect_refused(fn_spin, EFBIG, "the input 'x' takes more than 1 s to read");
}

static int fn_much(const void *data, struct memory_files *out)
{
    _cleanup_free_ char *zeros = calloc(1, 2 << 20);

    (void)data;
    return memory_files_put(out, "much", zeros, 2 << 20);
}

static void output_has_a_limit(void **state)
{
    (void)state;
    expect_refused(fn_much, EFBIG, "the input 'x' has more than 1 MiB in it");
}

static int fn_crash(const void *data, struct memory_files *out)
{
    (void)data;
    (void)out;
    abort();
}

static void a_crash_is_no_verdict(void **state)
{
    (void)state;
    expect_refused(fn_crash, EBADMSG,
                   "the input 'x': what reads it ended by a signal (Aborted); nothing came of it "
                   "but this message: please report it, with the file");
}

/* -- What it is ------------------------------------------------------------------------------- */

static char *proc_read(pid_t pid, const char *name)
{
    _cleanup_free_ char *path = NULL;
    char *text = calloc(1, 8192);
    int fd;

    assert_int_equal(text_format(&path, "/proc/%d/%s", pid, name), 0);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(read(fd, text, 8191) > 0);
    close(fd);
    return text;
}

static int count_descriptors(pid_t pid)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_closedir_ DIR *dir = NULL;
    int n = 0;

    assert_int_equal(text_format(&path, "/proc/%d/fd", pid), 0);
    dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    return n - 2;
}

static void expect_other_namespace(pid_t pid, const char *name)
{
    char path[64], own[64], ours[128] = "", its[128] = "";

    snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
    snprintf(own, sizeof(own), "/proc/self/ns/%s", name);
    assert_true(readlink(own, ours, sizeof(ours) - 1) > 0);
    assert_true(readlink(path, its, sizeof(its) - 1) > 0);
    assert_string_not_equal(ours, its);
}

/* A child that has given everything up, says so, and waits to be killed. */
static pid_t start_given_up(void)
{
    pid_t parent = getpid(), pid;
    char byte;
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        if (confine_give_up(fds[1], parent, &limits) == 0 && write(fds[1], "y", 1) == 1)
            fn_spin("", NULL);
        _exit(1);
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    close(fds[0]);
    return pid;
}

static void it_has_no_rights(void **state)
{
    _cleanup_free_ char *status = NULL;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip();
    pid = start_given_up();
    status = proc_read(pid, "status");
    assert_non_null(strstr(status, "\nUid:\t65534\t65534\t65534\t65534\n"));
    assert_non_null(strstr(status, "\nGid:\t65534\t65534\t65534\t65534\n"));
    assert_non_null(strstr(status, "\nGroups:\t \n"));
    assert_non_null(strstr(status, "\nCapPrm:\t0000000000000000\n"));
    assert_non_null(strstr(status, "\nCapEff:\t0000000000000000\n"));
    assert_non_null(strstr(status, "\nNoNewPrivs:\t1\n"));
    assert_non_null(strstr(status, "\nSeccomp:\t2\n"));
    expect_other_namespace(pid, "net");
    expect_other_namespace(pid, "user");
    assert_int_equal(count_descriptors(pid), 4); /* three are /dev/null */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Its reader is killed; this process inherits the child. */
static void it_ends_with_its_parent(void **state)
{
    pid_t reader;
    int status, fds[2];
    char byte;

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe(fds), 0);
    reader = fork();
    if (reader == 0) {
        start_given_up();
        if (write(fds[1], "y", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(fds[0], &byte, 1), 1);
    kill(reader, SIGKILL);
    assert_int_equal(waitpid(reader, NULL, 0), reader);
    assert_true(waitpid(-1, &status, 0) > 0);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    close(fds[0]);
    close(fds[1]);
}

/* -- A child that was taken over --------------------------------------------------------------- */

static int take(const void *bytes, size_t size, struct memory_files *out)
{
    struct stream_reader reader = {.left = 1 << 20};
    struct patience patience;
    int fds[2], result = 0, r;

    patience_start(&patience, 5000);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], bytes, size), size);
    close(fds[1]);
    reader.fd = fds[0];
    reader.patience = &patience;
    r = stream_take(&reader, out, &result);
    close(fds[0]);
    free(reader.error);
    return r;
}

static void nonsense_is_refused(void **state)
{
    static const struct {
        struct stream_head head;
        char bytes[8];
        size_t size;
        int r;
    } cases[] = {
        {{99, 4}, "abc", 4, -EBADMSG},
        {{STREAM_LOG, 0}, "", 0, -EBADMSG},
        {{STREAM_LOG, STREAM_TEXT_MAX + 1}, "", 0, -EBADMSG},
        {{STREAM_FILE, 3}, {'a', '\0', 'b'}, 3, -EBADMSG},
        {{STREAM_BYTES, 3}, "abc", 3, -EBADMSG}, /* of no file */
        {{STREAM_END, 3}, "abc", 3, -EBADMSG},
        {{STREAM_END, 0x7fffffff}, "abc", 3, -EBADMSG},
        {{STREAM_LOG, 4}, "\001a", 2, -EPIPE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct memory_files out = {};
        char bytes[sizeof(struct stream_head) + 8];

        memcpy(bytes, &cases[i].head, sizeof(struct stream_head));
        memcpy(bytes + sizeof(struct stream_head), cases[i].bytes, 8);
        assert_int_equal(take(bytes, sizeof(struct stream_head) + cases[i].size, &out), cases[i].r);
        memory_files_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_found_comes_back),
        cmocka_unit_test(its_error_is_the_callers),
        cmocka_unit_test(it_opens_nothing),
        cmocka_unit_test(it_asks_for_nothing_else),
        cmocka_unit_test(memory_has_a_limit),
        cmocka_unit_test(a_limit_of_ones_own_is_a_shortage),
        cmocka_unit_test(time_has_a_limit),
        cmocka_unit_test(output_has_a_limit),
        cmocka_unit_test(a_crash_is_no_verdict),
        cmocka_unit_test(it_has_no_rights),
        cmocka_unit_test(it_ends_with_its_parent),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
