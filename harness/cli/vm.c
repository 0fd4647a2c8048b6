// SPDX-License-Identifier: Apache-2.0
/* waypost vm: what `./run.sh vm` ends in (vm/vm.h). */
#include "vm/vm.h"

#include "cli/verbs.h"

int verb_vm(int argc, char **argv)
{
    return vm_main(argc, argv);
}
