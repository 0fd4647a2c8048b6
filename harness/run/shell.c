// SPDX-License-Identifier: Apache-2.0
#include "run/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "run/claims.h"
#include "run/process.h"
#include "run/exit.h"

struct shell {
    const char *lab, *pod;
    char *run;   /* the run that has the lab; NULL: one made by hand */
    char *state; /* where its labs are, in its sandbox */
    pid_t first; /* of its sandbox */
};

static void shell_clear(struct shell *shell)
{
    free(shell->run);
    free(shell->state);
}

static bool shell_is_name(const char *text)
{
    return *text && strspn(text, "-abcdefghijklmnopqrstuvwxyz0123456789") == strlen(text);
}

/* ---- whose lab it is ---- */

static int shell_look_in(const char *run, pid_t first, void *data)
{
    struct shell *shell = data;
    _cleanup_free_ char *root = NULL, *pattern = NULL;
    glob_t found = {0};
    int r = text_format(&root, "/proc/%d/root", (int)first);

    if (r < 0)
        return r;
    r = text_format(&pattern, "%s/run/waypost/*/labs/%s", root, shell->lab);
    if (r < 0)
        return r;
    if (glob(pattern, 0, NULL, &found) == 0) {
        const char *path = found.gl_pathv[0] + strlen(root);

        shell->first = first;
        shell->run = strdup(run);
        r = text_format(&shell->state, "%.*s", (int)(strrchr(path, '/') - path), path);
    }
    globfree(&found);
    return r < 0 ? r : shell->state != NULL;
}

/* Looks for a run where nobody made a lab of the name by hand. */
static int shell_find(struct shell *shell)
{
    const char *state = getenv("WAYPOST_STATE");
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/%s", state && *state ? state : "/run/waypost", shell->lab);

    if (r < 0 || access(path, F_OK) == 0)
        return r;
    r = claim_each(shell_look_in, shell);
    return r < 0 ? r : 0;
}

/* ---- in there ---- */

static int shell_enter(const struct shell *shell)
{
    _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, shell->first, 0), root = -1;
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "/proc/%d/root", (int)shell->first);

    if (r < 0)
        return r;
    root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (pidfd < 0 || root < 0 || setns(pidfd, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID) < 0 ||
        fchdir(root) < 0 || chroot(".") < 0)
        return err_r(errno, "cannot enter the sandbox of run '%s'", shell->run);
    setenv("WAYPOST_STATE", shell->state, 1);
    setenv("WAYPOST_RUN_ID", shell->run, 1);
    return 0;
}

static int shell_run(const struct site *site, const struct shell *shell)
{
    const char *program = getenv("SHELL");
    const char *const argv[] = {site->waypost, "exec", shell->lab,
                                shell->pod,    "--",   program && *program ? program : "/bin/bash",
                                NULL};
    const struct process_spec spec = {.argv = argv};
    int status = 0, r = shell->run ? shell_enter(shell) : 0;

    if (r < 0)
        return r;
    r = process_run(&spec, -1, &status);
    return r < 0 ? r : status;
}

int shell_main(const struct site *site, int argc, char **argv)
{
    _cleanup_(shell_clear) struct shell shell = {0};
    int r;

    if (argc != 3 || *argv[1] == '-')
        return run_code(err_say(EINVAL, "usage: ./run.sh shell LAB POD"));
    shell.lab = argv[1];
    shell.pod = argv[2];
    if (!shell_is_name(shell.lab) || !shell_is_name(shell.pod))
        return run_code(err_say(EINVAL, "'%s' or '%s' is not a name", shell.lab, shell.pod));
    r = site_need_root("shell");
    if (r < 0)
        return run_code(r);
    r = shell_find(&shell);
    return run_code(r < 0 ? r : shell_run(site, &shell));
}
