// SPDX-License-Identifier: Apache-2.0
#include "select/selection.h"

#include <stdlib.h>

void select_free(struct selection **selection)
{
    struct selection *s = *selection;

    if (!s)
        return;
    for (size_t i = 0; i < s->n_tests; i++) {
        free(s->tests[i].name);
        strings_clear(&s->tests[i].tags);
    }
    for (size_t i = 0; i < s->n_jobs; i++)
        free(s->jobs[i].names);
    strings_clear(&s->files);
    strings_clear(&s->paths);
    free(s->tests);
    free(s->jobs);
    free(s);
    *selection = NULL;
}
