/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who plays a script: one process that has both ends of one flow in its hands, so that the order of
 * all steps is the script's. It lives in the client's cgroup and network namespace; the listener is
 * made in the server's.
 */
#pragma once

#include "play/script.h"
#include "play/target.h"

/*
 * Plays the script from its first line to its last, and writes every answer and a newline to `out`.
 * Does not return: exits with 0, or with 1 after a line "!SENTENCE".
 */
_Noreturn void player_main(const struct lab *lab, const struct topology_pod *client,
                           const struct play_target *target, const struct script *script, int out);
