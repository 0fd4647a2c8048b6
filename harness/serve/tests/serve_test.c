// SPDX-License-Identifier: Apache-2.0
/* Requests and answers as a shell sees them, by pipes; the verbs are this test's own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/serve.h"

struct served {
    pid_t pid;
    int to, from;
};

/* A flow to web:80 that went to the waypoint; of one to web:81 nobody can say; everything else
 * fails.
 */
static int test_verb(int argc, char **argv)
{
    if (strcmp(argv[0], "show") == 0 && strcmp(argv[1], "odd") == 0) {
        printf(strcmp(argv[2], "--absent") == 0 ? "[3, {\"why\": \"missing\"}, {\"name\": 1}]\n"
                                                : "{\"nodes\": [{\"maps\": [1, null]}]}\n");
        return 0;
    }
    if (strcmp(argv[0], "show") == 0) {
        printf("[]\n");
        return 0;
    }
    if (strcmp(argv[0], "flow") != 0 || argc < 4) {
        fprintf(stderr, "waypost: no such thing\n");
        return 2;
    }
    if (strcmp(argv[3], "web:81") == 0) {
        fprintf(stderr, "waypost: inconclusive: the flow: nobody had a turn\n");
        return 3;
    }
    if (strcmp(argv[3], "web:82") == 0) {
        fprintf(stderr, "waypost: shortage: cannot open a socket: Too many open files\n");
        return 3;
    }
    printf("asked=10.96.0.1:80\nclient_errno=\nclient_peer_name=waypoint:15008\n"
           "client_local_plain=10.128.0.2:4000\n");
    return 0;
}

static int test_start(void **state)
{
    struct served *s = calloc(1, sizeof(*s));
    int to[2], from[2];

    if (!s || pipe(to) < 0 || pipe(from) < 0)
        return -1;
    s->pid = fork();
    if (s->pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        _exit(serve_requests(test_verb) < 0);
    }
    close(to[0]);
    close(from[1]);
    s->to = to[1];
    s->from = from[0];
    *state = s;
    return s->pid < 0 ? -1 : 0;
}

/* It ends with its stdin, by itself. */
static int test_end(void **state)
{
    struct served *s = *state;
    int status = -1;

    close(s->to);
    waitpid(s->pid, &status, 0);
    close(s->from);
    free(s);
    return status == 0 ? 0 : -1;
}

static void test_read(int fd, char *out, size_t length)
{
    size_t used = 0;

    while (used < length) {
        ssize_t n = read(fd, out + used, length - used);

        assert_true(n > 0);
        used += (size_t)n;
    }
    out[length] = '\0';
}

/* `words` are the request's bytes, with NULs between; the code is returned. */
static char test_ask(struct served *s, const char *words, size_t size, char text[4096])
{
    char head[10];
    size_t length;

    assert_int_equal(write(s->to, words, size), size);
    test_read(s->from, head, 9);
    length = strtoul(head + 1, NULL, 10);
    assert_true(length < 4096);
    test_read(s->from, text, length);
    return head[0];
}

#define ASK(words) test_ask(*state, words, sizeof(words), text)

static void test_passed(void **state)
{
    char text[4096];

    assert_int_equal(ASK("5\0001\0lab\0flow\0client\0web:80"), '0');
    assert_int_equal(ASK("4\0001\0lab\0observed\0client_peer_name"), '3');
    assert_string_equal(text, "waypoint:15008");
}

static void test_failed_says_all(void **state)
{
    char text[4096];

    ASK("5\0001\0lab\0flow\0client\0web:80");
    assert_int_equal(ASK("4\0001\0lab\0expect_peer\0web1:8080"), '1');
    assert_string_equal(text, "the client's peer\n  expected: web1:8080\n"
                              "  actual:   waypoint:15008\n"
                              "  did: waypost flow lab client web:80 --vars\n"
                              "  saw: client_peer_name=waypoint:15008\n");
}

static void test_another_test_begins_anew(void **state)
{
    char text[4096];

    ASK("5\0001\0lab\0flow\0client\0web:80");
    assert_int_equal(ASK("4\0002\0lab\0observed\0client_peer_name"), '3');
    assert_string_equal(text, "");
    assert_int_equal(ASK("3\0002\0lab\0report"), '3');
    assert_string_equal(text, "");
}

static void test_a_verb_that_fails(void **state)
{
    char text[4096];

    assert_int_equal(ASK("5\0001\0lab\0taken\0waypoint\0client:1"), '1');
    assert_non_null(strstr(text, "waypost taken: exit 2: waypost: no such thing"));
}

/* The line by which a report counts it, and everything else that a failure says. */
static void test_inconclusive(void **state)
{
    char text[4096];

    assert_int_equal(ASK("5\0001\0lab\0flow\0client\0web:81"), '1');
    assert_string_equal(text, "inconclusive: the flow: nobody had a turn\n"
                              "  did: waypost flow lab client web:81 --vars\n");
}

static void test_shortage(void **state)
{
    char text[4096];

    assert_int_equal(ASK("5\0001\0lab\0flow\0client\0web:82"), '1');
    assert_string_equal(text, "inconclusive: cannot open a socket: Too many open files\n"
                              "  did: waypost flow lab client web:82 --vars\n");
}

static void test_mistakes(void **state)
{
    char text[4096];

    assert_int_equal(ASK("3\0001\0lab\0nonsense"), '1');
    assert_non_null(strstr(text, "there is no word 'nonsense'"));
    assert_int_equal(ASK("4\0001\0lab\0flow\0client"), '1');
    assert_non_null(strstr(text, "'flow' needs 2 arguments"));
}

/* Two requests in one write, and one in pieces. */
static void test_pieces(void **state)
{
    static const char two[] = "3\0001\0lab\0lab_changed\0003\0001\0lab\0report";
    struct served *s = *state;
    char text[4096], head[10];

    assert_int_equal(test_ask(s, two, sizeof(two), text), '0');
    test_read(s->from, head, 9);
    assert_string_equal(head, "3       0");
    for (size_t i = 0; i < sizeof("3\0001\0lab\0lab_changed"); i++)
        assert_int_equal(write(s->to, &two[i], 1), 1);
    test_read(s->from, head, 9);
    assert_string_equal(head, "0       0");
}

/* JSON that is not as a word takes it for. */
static void test_odd_answers(void **state)
{
    char text[4096];

    assert_int_equal(ASK("4\0001\0odd\0require_program\0sockops_prog"), '0');
    assert_int_equal(ASK("4\0001\0odd\0forget_records\0km_tcp_probe"), '2');
    assert_string_equal(text, "these programs have no km_tcp_probe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_passed, test_start, test_end),
        cmocka_unit_test_setup_teardown(test_failed_says_all, test_start, test_end),
        cmocka_unit_test_setup_teardown(test_another_test_begins_anew, test_start, test_end),
        cmocka_unit_test_setup_teardown(test_a_verb_that_fails, test_start, test_end),
        cmocka_unit_test_setup_teardown(test_inconclusive, test_start, test_end),
        cmocka_unit_test_setup_teardown(test_shortage, test_start, test_end),
        cmocka_unit_test_setup_teardown(test_mistakes, test_start, test_end),
        cmocka_unit_test_setup_teardown(test_pieces, test_start, test_end),
        cmocka_unit_test_setup_teardown(test_odd_answers, test_start, test_end),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
