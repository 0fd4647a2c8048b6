// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"
#include "common/terminal.h"

int main(int argc, char **argv)
{
    if (terminal_start() < 0)
        return 1;
    return cli_main(argc, argv);
}
