// SPDX-License-Identifier: Apache-2.0
/* What a loaded program does with a table of packets. */
#include "common/log.h"
#include "serve/words.h"

/* expect_verdicts POD|NODE PROGRAM TABLE…: of lines `PACKET -> VERDICT`. */
int word_expect_verdicts(struct session *s, char *const *words)
{
    char *const step[] = {words[0], words[1], NULL};
    struct call call = {.n = 0};
    int code, r = need_program(s, words[1]);

    if (r < 0)
        return r;
    call_add(&call, "verdict");
    call_add(&call, s->lab);
    call_add_all(&call, words);
    session_step(s, "waypost verdict", step);
    code = session_call(s, &call, false);
    if (code == 0)
        return 0;
    if (code == 1)
        return session_fail(s, "%s", log_last_error());
    return session_refuse(s, "verdict", code);
}
