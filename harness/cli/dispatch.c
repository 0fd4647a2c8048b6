// SPDX-License-Identifier: Apache-2.0
/* Finds the verb; everything that a verb does is in the verb's own file. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/log.h"

/* The Makefile passes the version as it stands there, without quotes. */
#define DISPATCH_TEXT_OF(x) #x
#define DISPATCH_TEXT(x)    DISPATCH_TEXT_OF(x)

struct verb {
    const char *name;
    const char *purpose; /* NULL: an old name, which is not listed */
    int (*run)(int argc, char **argv);
};

static int dispatch_serve(int argc, char **argv);

static const struct verb dispatch_verbs[] = {
    {"up", "build a lab from a topology", verb_up},
    {"down", "take a lab down", verb_down},
    {"reset", "bring a lab back to its topology's state, without rebuilding it", verb_reset},
    {"show", "list the labs, or what one lab consists of", verb_show},
    {"exec", "run a command inside a pod", verb_exec},
    {"manage", "enable or disable a pod with the control connect", verb_manage},
    {"flow", "make one flow and say what was observed", verb_flow},
    {"play", "play a script of socket calls at both ends of a flow, or compare two flows",
     verb_play},
    {"accepted", "say what a listener saw of a connection that no agent made", verb_accepted},
    {"taken", NULL, verb_accepted}, /* its old name, for one release */
    {"pauses", "say how evenly the output of a program comes", verb_pauses},
    {"map", "read and write the programs' maps as JSON", verb_map},
    {"other", "attach another agent's programs beside the datapath", verb_other},
    {"marks", "attach and watch the programs that mark packets for encryption", verb_marks},
    {"policy", "show and change the authorization policies of a pod", verb_policy},
    {"socket", "show and set what the programs keep with a socket", verb_socket},
    {"set", "show and set the programs' global variables", verb_set},
    {"events", "print what the programs report", verb_events},
    {"doctor", "probe what the kernel has of what a lab needs", verb_doctor},
    {"programs", "compare a directory's programs and maps with the contract", verb_programs},
    {"capture", "write a node's maps and programs into a bundle", verb_capture},
    {"import", "turn a configuration dump into a topology", verb_import},
    {"repro", "build a lab from a bundle, and say where its flows part from the contract",
     verb_repro},
    {"shrink", "make a bundle as small as it can be and still go wrong", verb_shrink},
    {"run", "run the tests: what run.sh ends in", verb_run},
    {"vm", "run the tests on other kernels: what run.sh vm ends in", verb_vm},
    {"report", "count and explain the results of a run of the suites", verb_report},
    {"verdict", "say what a loaded program does with packets that nobody sent", verb_verdict},
    {"forge", "send packets that no socket would, and say what became of them", verb_forge},
    {"unit", "run the unit tests in BPF objects", verb_unit},
    {"merge", "put the results of several shards and kernels together", verb_merge},
    {"verifier", "compare what the verifier spends on each program with the record", verb_verifier},
    {"kernels", "read the list of kernels of virtual machines", verb_kernels},
    {"matrix", "compare the results of several kernels", verb_matrix},
    {"serve", "answer the words of the suites", dispatch_serve},
};

static void dispatch_help(void)
{
    printf("Usage: waypost [-v] VERB [ARGUMENT...]\n\n"
           "Builds small clusters of network namespaces, attaches a datapath's programs to them,\n"
           "and says what became of the flows through them.\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(dispatch_verbs); i++)
        if (dispatch_verbs[i].purpose)
            printf("  %-8s %s\n", dispatch_verbs[i].name, dispatch_verbs[i].purpose);
    printf("\n"
           "  -v, --verbose    say more on stderr; twice: everything\n"
           "      --version    print the version\n"
           "  -h, --help       this list; `waypost VERB --help` has a verb's options\n\n"
           "Examples:\n"
           "  sudo waypost up demo -t topologies/one-waypoint.yaml\n"
           "  sudo waypost flow demo client web:80\n"
           "  sudo waypost down demo\n\n"
           "Exit codes: 0 done, 1 the answer is no, 2 a mistake on the command line or in a file,\n"
           "3 the lab could not be built or the kernel refused.\n");
}

static int dispatch_usage(const char *problem, const char *word, const char *near)
{
    if (near)
        err_say(EINVAL, "%s '%s'; did you mean '%s'? try `waypost --help`", problem, word, near);
    else
        err_say(EINVAL, "%s '%s'; try `waypost --help`", problem, word);
    return CODE_MISTAKE;
}

static int dispatch_unknown(const char *word)
{
    const char *names[ARRAY_SIZE(dispatch_verbs) + 1] = {NULL};

    for (size_t i = 0; i < ARRAY_SIZE(dispatch_verbs); i++)
        names[i] = dispatch_verbs[i].name;
    return dispatch_usage("no verb", word, cli_nearest(word, names));
}

/* A verb's -v is the verb's alone: `waypost serve` runs many in one process. */
static int dispatch_run(const struct verb *verb, int argc, char **argv)
{
    enum log_level level = log_get_level();
    int code = verb->run(argc, argv);

    log_set_level(level);
    return code;
}

static int dispatch_verb(int argc, char **argv)
{
    for (size_t i = 0; i < ARRAY_SIZE(dispatch_verbs); i++) {
        if (strcmp(argv[0], dispatch_verbs[i].name) == 0)
            return dispatch_run(&dispatch_verbs[i], argc, argv);
    }
    return dispatch_unknown(argv[0]);
}

static int dispatch_serve(int argc, char **argv)
{
    return verb_serve(argc, argv, dispatch_verb);
}

/* What was printed may still be on its way. A reader that has seen enough is no error. */
static int dispatch_finish(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno == EPIPE)
        return code;
    err_r(errno, "cannot write the output");
    return code == CODE_DONE ? CODE_FAILED : code;
}

int cli_main(int argc, char **argv)
{
    static const char *const options[] = {"--verbose", "--version", "--help", NULL};

    signal(SIGPIPE, SIG_IGN); /* see dispatch_finish() */
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            return dispatch_finish(dispatch_verb(argc - i, argv + i));
        } else if (strcmp(argv[i], "-v") == 0 || strcmp(argv[i], "--verbose") == 0) {
            log_set_level(log_get_level() < LOG_INFO ? LOG_INFO : LOG_DEBUG);
        } else if (strcmp(argv[i], "--version") == 0) {
            puts("waypost " DISPATCH_TEXT(WAYPOST_VERSION));
            return dispatch_finish(CODE_DONE);
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            dispatch_help();
            return dispatch_finish(CODE_DONE);
        } else {
            return dispatch_usage("no option", argv[i], cli_nearest(argv[i], options));
        }
    }
    err_say(EINVAL, "which verb? try `waypost --help`");
    return CODE_MISTAKE;
}
