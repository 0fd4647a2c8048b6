// SPDX-License-Identifier: Apache-2.0
#include "serve/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "serve/session.h"
#include "serve/wire.h"
#include "serve/words.h"

/* Verbs read stdin and print to stdout; none of them, and no command in a pod, is to have the
 * descriptors by which the words come, nor bats' own (3). */
static int serve_take_descriptors(struct wire *wire)
{
    _cleanup_close_ int null = -1;

    if (close_range(3, ~0U, 0) < 0)
        return err_r(errno, "cannot close the caller's descriptors");
    wire->in_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    wire->out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (wire->in_fd < 0 || wire->out_fd < 0 || null < 0)
        return err_r(errno, "cannot take the descriptors");
    if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return err_r(errno, "cannot take the descriptors");
    return 0;
}

/* Its parent may have died before this. */
static int serve_die_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return err_r(errno, "cannot follow the process that started this one");
    return getppid() == parent ? 0 : err_say(ESRCH, "the process that started this one is gone");
}

static int serve_family(struct session *s)
{
    const char *name = getenv("WAYPOST_FAMILY");

    if (name && *name && family_from_name(name, &s->family) < 0)
        return err_say(EINVAL, "$WAYPOST_FAMILY is '%s', must be v4, v6 or mapped", name);
    return 0;
}

/* Agents are children of this process; those that have ended are not to stay. */
static void serve_reap(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

static int serve_one(struct session *s, struct wire *wire)
{
    int r = session_begin(s, wire->words[0], wire->words[1]);

    if (r < 0)
        return r;
    word_answer(s, wire->words + 2, wire->n_words - 2);
    return wire_answer(wire, (char)s->verdict, s->text ? s->text : "",
                       s->text ? strlen(s->text) : 0);
}

int serve_requests(serve_verb_fn verb)
{
    _cleanup_(session_release) struct session session = {.verb = verb};
    _cleanup_(wire_release) struct wire wire = {.in_fd = -1};
    int r = serve_die_with(getppid());

    if (r < 0)
        return r;
    r = serve_family(&session);
    if (r < 0)
        return r;
    r = serve_take_descriptors(&wire);
    if (r < 0)
        return r;
    signal(SIGINT, SIG_IGN); /* it ends when bats does, which has a lab to take down first */
    signal(SIGPIPE, SIG_IGN);
    while ((r = wire_read(&wire)) > 0) {
        r = serve_one(&session, &wire);
        serve_reap();
        if (r < 0)
            return r;
    }
    return r;
}
