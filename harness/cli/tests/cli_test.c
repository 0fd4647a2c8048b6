// SPDX-License-Identifier: Apache-2.0
/*
 * Wrong command lines: each is answered by exit 2 and one line on stderr, with nothing on stdout,
 * whoever asks and whatever there is on the machine. Needs no root and touches no lab.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "common/cleanup.h"

#define LONG_NAME "a234567890123456789012345678901x"

struct wrong_line {
    const char *words[8];
    const char *said; /* must be in the sentence */
};

static const struct wrong_line wrong_lines[] = {
    {{NULL}, "which verb?"},
    {{"flwo"}, "did you mean 'flow'?"},
    {{"dwon", "demo"}, "did you mean 'down'?"},
    {{"frobnicate"}, "no verb 'frobnicate'"},
    {{"--verison"}, "did you mean '--version'?"},
    {{"-x", "up"}, "no option '-x'"},
    {{"up"}, "LAB is missing"},
    {{"up", "demo"}, "-t FILE"},
    {{"up", "demo", "-t"}, "'-t' needs a value"},
    {{"up", "demo", "--topology"}, "'--topology' needs a value"},
    {{"up", "demo", "-t", "x.yaml", "--family", "v5"}, "v4, v6 or mapped"},
    {{"up", "demo", "-t", "x.yaml", "--objects", "/nowhere"}, "must be a directory"},
    {{"up", "../demo", "-t", "x.yaml"}, "cannot be a name"},
    {{"up", "", "-t", "x.yaml"}, "cannot be a name"},
    {{"up", LONG_NAME, "-t", "x.yaml"}, "at most 31"},
    {{"up", "demo", "other", "-t", "x.yaml"}, "'other' is one argument too many"},
    {{"up", "demo", "--tpology", "x.yaml"}, "did you mean '--topology'?"},
    {{"up", "demo", "--t", "x.yaml"}, "--topology or --timing"},
    {{"up", "demo", "--no-agents=yes", "-t", "x.yaml"}, "takes no value"},
    {{"up", "demo", "-vx", "-t", "x.yaml"}, "no option '-x'"},
    {{"down"}, "LAB is missing"},
    {{"down", "demo", "--all"}, "not both"},
    {{"down", "a/b"}, "cannot be a name"},
    {{"down", ".."}, "cannot be a name"},
    {{"reset"}, "LAB is missing"},
    {{"show", "."}, "cannot be a name"},
    {{"show", "demo", "-q"}, "no option '-q'"},
    {{"exec"}, "LAB is missing"},
    {{"exec", "demo"}, "POD is missing"},
    {{"exec", "demo", "client"}, "the command is missing"},
    {{"exec", "demo", "client", "--"}, "the command is missing"},
    {{"exec", "demo", "../../etc", "--", "true"}, "cannot be a name"},
    {{"manage", "demo", "client"}, "enable|disable|status is missing"},
    {{"manage", "demo", "client", "enabel"}, "must be one of enable, disable, status"},
    {{"manage", "demo", "client", "enable", "--family=ipv4"}, "v4, v6 or mapped"},
    {{"flow", "demo", "client"}, "TARGET:PORT is missing"},
    {{"flow", "demo", "client", "web:80", "--bytes", "many"}, "must be a number from 0"},
    {{"flow", "demo", "client", "web:80", "--bytes", "-1"}, "must be a number from 0"},
    {{"flow", "demo", "client", "web:80", "--bytes", "64k"}, "must be a number from 0"},
    {{"flow", "demo", "client", "web:80", "--send", "carrier-pigeon"}, "must be one of write"},
    {{"flow", "demo", "client", "web:80", "--from", "here"}, "ADDRESS or ADDRESS:PORT"},
    {{"flow", "demo", "client", "web:80", "--from-port", "70000"}, "from 1 to 65535"},
    {{"flow", "demo", "client", "-"}, "--socket NAME"},
    {{"flow", "demo", "client", "web:80", "--end", "keep"}, "needs --socket"},
    {{"flow", "demo", "client", "web:80", "--socket", "../x"}, "letters, digits"},
    {{"flow", "demo", "client", "web:80", "-j", "--vars"}, "not both"},
    {{"flow", "demo", "client", "web:80", "--early", "bird"}, "must be one of fastopen"},
    {{"flow", "demo", "client", "web:80", "--deadline", "0"}, "from 1 to"},
    {{"flow", "demo", "client", "web:80", "--form", "10.0.0.1"}, "did you mean '--from'?"},
    {{"flow", "demo", "client", "web:80", "--f", "10.0.0.1"}, "could be"},
    {{"flow", "demo", "client", "web:80", "--repeat", "0"}, "from 1 to"},
    {{"taken", "demo", "waypoint"}, "CLIENT:PORT is missing"},
    {{"taken", "demo", "waypoint", "client:1", "-j", "--vars"}, "not both"},
    {{"map", "demo"}, "the action is missing"},
    {{"map", "demo", "get"}, "MAP is missing"},
    {{"map", "demo", "get", "km_service"}, "get needs a KEY"},
    {{"map", "demo", "set", "km_service", "{}"}, "set needs a VALUE"},
    {{"map", "demo", "dump", "km_service", "{}"}, "dump takes no KEY"},
    {{"map", "demo", "drop", "km_service"}, "must be one of get, set"},
    {{"map", "demo", "get", "km_service", "{id: 1}"}, "is not JSON"},
    {{"map", "demo", "dump", "km_service", "--node", "a/b"}, "cannot be a name"},
    {{"policy", "demo", "web1"}, "the action is missing"},
    {{"policy", "demo", "web1", "sit"}, "must be one of show, set, delete"},
    {{"policy", "demo", "web1", "set"}, "set needs a FILE"},
    {{"policy", "demo", "web1", "show", "x"}, "show takes no x"},
    {{"events"}, "LAB is missing"},
    {{"events", "demo", "--node"}, "'--node' needs a value"},
    {{"events", "demo", "--map", ""}, "--map needs a name"},
    {{"events", "demo", "--count", "0"}, "from 1 to"},
    {{"events", "demo", "--count", "2", "--follow"}, "not both"},
    {{"events", "demo", "--deadline", "100"}, "--deadline needs --count"},
    {{"events", "demo", "--folow"}, "did you mean '--follow'?"},
    {{"set"}, "LAB is missing"},
    {{"set", "demo", "enable_monitoring"}, "'enable_monitoring', must be NAME=VALUE"},
    {{"set", "demo", "=1"}, "must be NAME=VALUE"},
    {{"set", "demo", "a=1", "b="}, "'b=', must be NAME=VALUE"},
    {{"set", "demo", "--node", "a/b"}, "cannot be a name"},
    {{"up", "demo", "-t", "x.yaml", "--set", "authz_offload"}, "must be NAME=VALUE"},
    {{"up", "demo", "-t", "x.yaml", "--set", "a=1", "--no-programs"}, "--set needs programs"},
    {{"socket", "demo", "client"}, "SOCKET is missing"},
    {{"socket", "demo", "client", "one", "get"}, "'get' must be set"},
    {{"socket", "demo", "client", "one", "set"}, "set needs a value"},
    {{"socket", "demo", "client", "one", "set", "{"}, "no JSON object"},
    {{"socket", "demo", "client", "one", "set", "[1]"}, "no JSON object"},
    {{"socket", "demo", "client", "one", "--family=4"}, "v4, v6 or mapped"},
    {{"doctor", "everything"}, "one argument too many"},
    {{"doctor", "--probe", "warp-drive"}, "there is no probe 'warp-drive'"},
    {{"report"}, "DIRECTORY is missing"},
    {{"import", "dump.json", "--encryption", "ipsec"}, "none, marks or esp, not 'ipsec'"},
};

struct ran {
    int code;
    char out[8192], err[2048];
};

static void ran_read(int fd, char *text, size_t size)
{
    size_t used = 0;
    ssize_t n;

    while (used + 1 < size && (n = read(fd, text + used, size - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = '\0';
}

/* `waypost WORD…` in a child of its own. */
static void run(const char *const *words, struct ran *ran)
{
    char *argv[10] = {(char *)"waypost"};
    int out[2], err[2], status, argc = 1;
    pid_t pid;

    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    fflush(NULL);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(err), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        exit(cli_main(argc, argv));
    }
    close(out[1]);
    close(err[1]);
    ran_read(out[0], ran->out, sizeof(ran->out));
    ran_read(err[0], ran->err, sizeof(ran->err));
    close(out[0]);
    close(err[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    ran->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void wrong_lines_are_answered_in_one_line(void **state)
{
    struct ran ran;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong_lines); i++) {
        const struct wrong_line *line = &wrong_lines[i];
        const char *newline;

        run(line->words, &ran);
        newline = strchr(ran.err, '\n');
        if (ran.code != CODE_MISTAKE || *ran.out || !newline || newline[1] ||
            !strstr(ran.err, line->said) || strncmp(ran.err, "waypost: ", 9) != 0)
            fail_msg("line %zu (%s %s …): exit %d, stdout '%s', stderr '%s', wanted '%s'", i,
                     line->words[0] ? line->words[0] : "", line->words[0] ? line->words[1] : "",
                     ran.code, ran.out, ran.err, line->said);
    }
}

static void every_verb_has_help(void **state)
{
    static const char *const verbs[] = {"up",     "down",   "reset", "show",  "exec",
                                        "manage", "flow",   "taken", "map",   "events",
                                        "doctor", "report", "set",   "socket"};
    struct ran ran;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        run((const char *const[]){verbs[i], "--help", NULL}, &ran);
        if (ran.code != 0 || *ran.err || !strstr(ran.out, "Usage: waypost ") ||
            !strstr(ran.out, "Examples:"))
            fail_msg("%s --help: exit %d, stdout '%s', stderr '%s'", verbs[i], ran.code, ran.out,
                     ran.err);
    }
}

static void help_lists_every_verb(void **state)
{
    struct ran ran;

    (void)state;
    run((const char *const[]){"--help", NULL}, &ran);
    assert_int_equal(ran.code, 0);
    assert_string_equal(ran.err, "");
    assert_non_null(strstr(ran.out, "  up "));
    assert_non_null(strstr(ran.out, "  doctor "));
}

static void words_that_are_near_are_found(void **state)
{
    static const char *const words[] = {"up", "down", "flow", "topology", NULL};

    (void)state;
    assert_string_equal(cli_nearest("flwo", words), "flow");
    assert_string_equal(cli_nearest("topolgy", words), "topology");
    assert_string_equal(cli_nearest("don", words), "down");
    assert_null(cli_nearest("elephant", words));
    assert_null(cli_nearest("", words));
    assert_null(cli_nearest(LONG_NAME LONG_NAME, words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_lines_are_answered_in_one_line),
        cmocka_unit_test(every_verb_has_help),
        cmocka_unit_test(help_lists_every_verb),
        cmocka_unit_test(words_that_are_near_are_found),
    };

    unsetenv("WAYPOST_FAMILY");
    unsetenv("WAYPOST_LOG");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
