// SPDX-License-Identifier: Apache-2.0
/* Scripts of socket calls. */
#include <string.h>

#include "serve/words.h"

/* same_answers CLIENT TARGET DIRECT SCRIPT: what the script expects is answered on both flows. */
int word_same_answers(struct session *s, char *const *words)
{
    struct call call = {.n = 0};
    const char *difference;
    int r = word_need_tlv(s, NULL), code;

    if (r == 0)
        r = need_connect(s, s->family);
    if (r < 0)
        return r;
    call_add(&call, "play");
    call_add(&call, s->lab);
    call_add(&call, words[0]);
    call_add(&call, words[1]);
    call_add(&call, "--as");
    call_add_all(&call, words + 2);
    session_step(s, "waypost", (char *const *)call.words);
    code = session_call(s, &call, false);
    if (code == 0)
        return 0;
    if (code != 1)
        return session_refuse(s, "play", code);
    difference = strstr(s->output, words[3]);
    return session_fail(s, "%s", difference ? difference : s->output);
}
