/* SPDX-License-Identifier: Apache-2.0 */
/* `waypost marks` as words. */
#pragma once

#include "place/lab.h"

/*
 * "attach", "detach", "forget"; "filters" NODE END; "seen" NODE END PROTOCOL; "set" NODE END MARK:
 * what lab/marks.h and lab/marks_witness.h say, answers on stdout. NULL for what was not given;
 * -EINVAL with a sentence for what is none of these.
 */
int marks_ask(const struct lab *lab, const char *const words[4]);
