// SPDX-License-Identifier: Apache-2.0
/* Whatever is printed to a stream of terminal.h, a terminal gets text. */
#include <errno.h>
#include <fcntl.h>
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

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/terminal.h"

/* What arrives in the file when the pieces are printed one after the other. */
static char *printed(const char *const *pieces, size_t n, int mode)
{
    static char text[65536];
    _cleanup_close_ int fd = memfd_create("terminal", MFD_CLOEXEC);
    FILE *stream = terminal_stream(fd);
    ssize_t length;

    assert_non_null(stream);
    setvbuf(stream, NULL, mode, BUFSIZ);
    for (size_t i = 0; i < n; i++)
        assert_true(fputs(pieces[i], stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    length = pread(fd, text, sizeof(text) - 1, 0);
    assert_true(length >= 0);
    text[length] = '\0';
    return text;
}

static void expect(const char *bytes, const char *text)
{
    assert_string_equal(printed(&bytes, 1, _IOFBF), text);
    assert_string_equal(printed(&bytes, 1, _IONBF), text);
}

static void text_stays(void **state)
{
    (void)state;
    expect("a\tb\n", "a\tb\n");
    expect("pod1 → 10.0.0.1, é, 😀\n", "pod1 → 10.0.0.1, é, 😀\n");
}

static void controls_are_spelled_out(void **state)
{
    (void)state;
    expect("\033[31mred\033]0;title\a", "\\u001b[31mred\\u001b]0;title\\u0007");
    expect("one\rtwo\b", "one\\u000dtwo\\u0008");
    expect("\x7f", "\\u007f");
    expect("\xc2\x9b"
           "31m",
           "\\u009b31m"); /* CSI as one character */
}

static void bytes_that_are_not_text(void **state)
{
    (void)state;
    expect("\x9b"
           "31m",
           "\\x9b31m");               /* CSI as one byte */
    expect("\xc0\x9b", "\\xc0\\x9b"); /* not the shortest form */
    expect("a\xe2\x82z", "a\\xe2\\x82z");
    expect("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* half of a surrogate pair */
}

/* stderr is not buffered: a character may come in as many pieces as it has bytes. */
static void characters_in_pieces(void **state)
{
    static const char *const arrow[] = {"\xe2", "\x86", "\x92", " x"};
    static const char *const csi[] = {"\xc2", "\x9b", "m"};
    static const char *const broken[] = {"\xe2", "\x86", "x"};
    static const char *const unfinished[] = {"x", "\xe2\x86"};

    (void)state;
    assert_string_equal(printed(arrow, 4, _IONBF), "→ x");
    assert_string_equal(printed(csi, 3, _IONBF), "\\u009bm");
    assert_string_equal(printed(broken, 3, _IONBF), "\\xe2\\x86x");
    assert_string_equal(printed(unfinished, 2, _IONBF), "x");
}

/* jansson escapes what is below 32 and nothing else. */
static void json_stays_the_same(void **state)
{
    _cleanup_json_ json_t *value = json_pack("[s]", "\033\r\x7f\xc2\x9b é \xef\xbf\xbe\n"),
                          *read = NULL;
    _cleanup_free_ char *dumped = json_dumps(value, 0);
    const char *text = printed((const char *const *)&dumped, 1, _IOFBF);

    (void)state;
    assert_null(strchr(text, '\x7f'));
    read = json_loads(text, 0, NULL);
    assert_true(json_equal(value, read));
}

static void long_texts(void **state)
{
    _cleanup_free_ char *text = malloc(20001);

    (void)state;
    memset(text, 'x', 20000);
    text[20000] = '\0';
    expect(text, text);
    /* An escape of six characters at every place of the buffer. */
    for (size_t i = 4090; i < 4102; i++) {
        char said[8];
        const char *got;

        text[i] = '\033';
        got = printed((const char *const *)&text, 1, _IONBF);
        assert_int_equal(strlen(got), 20005);
        snprintf(said, sizeof(said), "%.7s", got + i);
        assert_string_equal(said, "\\u001bx");
        text[i] = 'x';
    }
}

static void a_full_disk_is_an_error(void **state)
{
    _cleanup_close_ int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    _cleanup_fclose_ FILE *stream = terminal_stream(fd);

    (void)state;
    fputs("x", stream);
    errno = 0;
    assert_int_equal(fflush(stream), EOF);
    assert_int_equal(errno, ENOSPC);
    assert_true(ferror(stream));
}

static void child_prints(int fd)
{
    if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 || terminal_start() < 0)
        _exit(1);
    printf("%s", "out \033[1m\n");
    terminal_control(stdout, "\033[K");
    puts("puts \033");
    fflush(stdout);
    err_say(EINVAL, "said \033[1m");
    errno = ENOENT;
    perror("\033");
    printf("%d %d\n", terminal_fd(stdout), terminal_fd(stderr));
    exit(0);
}

static void all_of_stdio(void **state)
{
    _cleanup_close_ int fd = memfd_create("terminal", MFD_CLOEXEC);
    char text[256];
    int status;
    ssize_t n;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        child_prints(fd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    n = pread(fd, text, sizeof(text) - 1, 0);
    assert_true(n > 0);
    text[n] = '\0';
    assert_string_equal(text, "out \\u001b[1m\n\033[Kputs \\u001b\nwaypost: said \n"
                              "\\u001b: No such file or directory\n1 2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stays),
        cmocka_unit_test(controls_are_spelled_out),
        cmocka_unit_test(bytes_that_are_not_text),
        cmocka_unit_test(characters_in_pieces),
        cmocka_unit_test(json_stays_the_same),
        cmocka_unit_test(long_texts),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(all_of_stdio),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
