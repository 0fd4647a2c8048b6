// SPDX-License-Identifier: Apache-2.0
/* Names out of somebody's objects and directories, as they are printed: one line each, and nothing
 * that a terminal obeys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "show/programs.h"
#include "common/cleanup.h"
#include "common/terminal.h"

#define OBJECT "build/test/bpf/unit/verdicts.bpf.o"

static void replace_all(char *bytes, size_t size, const char *from, const char *to)
{
    char *at;
    size_t n = 0;

    for (; (at = memmem(bytes, size, from, strlen(from))); n++)
        memcpy(at, to, strlen(from));
    assert_true(n > 0);
}

/* The object with other names of its tests. */
static void make_object(const char *path)
{
    static char bytes[1 << 20];
    FILE *from = fopen(OBJECT, "re"), *to = fopen(path, "we");
    size_t size;

    assert_non_null(from);
    assert_non_null(to);
    size = fread(bytes, 1, sizeof(bytes), from);
    replace_all(bytes, size, "test/a cases", "test/\033[1;31m");
    replace_all(bytes, size, "test/c error", "test/c\nerr\xc2\x9b");
    assert_int_equal(fwrite(bytes, 1, size, to), size);
    fclose(from);
    fclose(to);
}

static void child_lists(int fd, char *path)
{
    char *argv[] = {(char *)"waypost", (char *)"unit", (char *)"--list", path, NULL};

    if (dup2(fd, STDOUT_FILENO) < 0 || terminal_start() < 0)
        _exit(1);
    exit(cli_main(4, argv));
}

static void names_of_tests(void **state)
{
    char path[] = "/tmp/waypost-strangers-XXXXXX.o", text[512];
    _cleanup_close_ int fd = memfd_create("out", MFD_CLOEXEC), file = mkstemps(path, 2);
    int status;
    ssize_t n;
    pid_t pid;

    (void)state;
    assert_true(file >= 0);
    make_object(path);
    pid = fork();
    if (pid == 0)
        child_lists(fd, path);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    unlink(path);
    assert_int_equal(status, 0);
    n = pread(fd, text, sizeof(text) - 1, 0);
    assert_true(n > 0);
    text[n] = '\0';
    assert_null(strpbrk(text, "\033\x9b"));
    assert_non_null(strstr(text, ": ?[1;31m\n"));
    assert_non_null(strstr(text, ": c?err??\n"));
}

static void names_of_files(void **state)
{
    _cleanup_json_ json_t *report =
        json_pack("{s:s, s:[{s:s, s:s}], s:[], s:[{s:s, s:s}], s:[]}", "objects", "DIR", "programs",
                  "name", "a\033[2J", "file", "a\nall as the contract says", "maps", "passed",
                  "file", "\033[1A\n.o", "why", "is no object", "differences");
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(report);
    programs_print(out, report, false);
    fclose(out);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "\npassed over: '?[1A?.o' is no object\n"));
    assert_non_null(strstr(text, "a?[2J "));
    assert_non_null(strstr(text, "a?all as the contract says"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_tests),
        cmocka_unit_test(names_of_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
