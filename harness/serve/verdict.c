// SPDX-License-Identifier: Apache-2.0
/* Tables of forged packets: what a loaded program does with them, and what becomes of them on the
 * way. */
#include "common/log.h"
#include "serve/words.h"

static int verdict_table(struct session *s, const char *verb, const char *step, char *const *words)
{
    char *const ends[] = {words[0], words[1], NULL};
    struct call call = {.n = 0};
    int code;

    call_add(&call, verb);
    call_add(&call, s->lab);
    call_add_all(&call, words);
    session_step(s, step, ends);
    code = session_call(s, &call, false);
    if (code == 0)
        return 0;
    if (code == 1)
        return session_fail(s, "%s", log_last_error());
    return session_refuse(s, verb, code);
}

/* expect_verdicts POD|NODE PROGRAM TABLE…: of lines `PACKET -> VERDICT`. */
int word_expect_verdicts(struct session *s, char *const *words)
{
    int r = need_program(s, words[1]);

    return r < 0 ? r : verdict_table(s, "verdict", "waypost verdict", words);
}

/* expect_outcomes FROM AT TABLE…: of lines `PACKET -> OUTCOME`. */
int word_expect_outcomes(struct session *s, char *const *words)
{
    return verdict_table(s, "forge", "waypost forge", words);
}
