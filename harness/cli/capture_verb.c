// SPDX-License-Identifier: Apache-2.0
/* `waypost capture`, with labs. */
#include "cli/capture.h"
#include "cli/verbs.h"

int verb_capture(int argc, char **argv)
{
    return capture_main(argc, argv,
                        &(struct capture_lab_source){capture_lab_find, capture_lab_release});
}
