/* SPDX-License-Identifier: Apache-2.0 */
/* A script played on a flow, or on two that have to answer alike. docs/play.md. */
#pragma once

#include <stdio.h>

#include "common/strings.h"
#include "play/script.h"
#include "play/target.h"

/* The answer of a call that did not come back; it is the last one then. */
#define PLAY_NO_RETURN "(does not return)"

/*
 * Plays the script as the pod's application, and leaves an answer for each line in *answers, which
 * the caller clears: fewer when the last one did not come back within 5 s. The errno of what could
 * not be tried, with a sentence; -PATIENCE_STARVED when nobody can say whether a call comes back.
 */
int play_run(const struct lab *lab, const struct topology_pod *client,
             const struct play_target *target, const struct script *script,
             struct strings *answers);

/* What was answered on a flow. */
struct play_column {
    const char *target;
    const struct strings *answers;
};

/*
 * Writes `CALL -> ANSWER` for each line, up to the first one of which an answer is not what the
 * script expects, or is another one in the second column (NULL: there is one). That one is shown
 * with all answers, one below the other. Returns whether there was such a line.
 */
bool play_differs(const struct script *script, const struct play_column *first,
                  const struct play_column *second, FILE *out);
