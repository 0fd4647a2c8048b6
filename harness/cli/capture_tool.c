// SPDX-License-Identifier: Apache-2.0
/* `waypost-capture`: the verb as a program of its own, linked statically, for a node where nothing
 * can be installed. */
#include <string.h>

#include "cli/capture.h"
#include "common/terminal.h"

int main(int argc, char **argv)
{
    if (terminal_start() < 0)
        return 1;
    /* `waypost-capture capture …` is what a hurried person types. */
    if (argc > 1 && strcmp(argv[1], "capture") == 0) {
        argv++;
        argc--;
    }
    argv[0] = "capture";
    return capture_main(argc, argv, NULL);
}
