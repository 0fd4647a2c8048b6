// SPDX-License-Identifier: Apache-2.0
/* waypost run: what run.sh ends in (run/run.h). */
#include "run/exit.h"
#include "run/run.h"

#include <errno.h>

#include "cli/verbs.h"
#include "common/log.h"

int verb_run(int argc, char **argv)
{
    if (argc < 2)
        return run_code(err_say(EINVAL, "run: which verb? try `./run.sh --help`"));
    return run_main(argc - 1, argv + 1);
}
