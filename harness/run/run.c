// SPDX-License-Identifier: Apache-2.0
#include "run/run.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "run/exit.h"
#include "run/say.h"
#include "run/shell.h"
#include "run/site.h"
#include "run/small_verbs.h"
#include "run/stages.h"
#include "run/suite.h"
#include "run/verifier.h"

static const struct {
    const char *name;
    int (*run)(const struct site *site, int argc, char **argv);
} run_verbs[] = {
    {"suite", suite_main},       {"test", stages_main},   {"unit", unit_main},
    {"verifier", verifier_main}, {"doctor", doctor_main}, {"shell", shell_main},
    {"repro", field_main},       {"shrink", field_main},  {"clean", clean_main},
};

int run_main(int argc, char **argv)
{
    _cleanup_(site_clear) struct site site = {0};
    int r = -EINVAL;

    say_as_door();
    /* Jobs that print to a pipe which nobody reads any more end as they would elsewhere. */
    signal(SIGPIPE, SIG_DFL);
    r = site_read(&site);
    if (r < 0)
        return run_code(r);
    for (size_t i = 0; i < ARRAY_SIZE(run_verbs); i++)
        if (strcmp(run_verbs[i].name, argv[0]) == 0)
            return run_verbs[i].run(&site, argc, argv);
    return run_code(err_say(EINVAL, "'run' has no verb '%s'", argv[0]));
}
