// SPDX-License-Identifier: Apache-2.0
#include "report/families.h"
#include "select/select.h"

void select_print(const struct selection *selection, FILE *out)
{
    size_t n = 0;

    for (size_t i = 0; i < selection->n_tests; i++) {
        const struct select_test *test = &selection->tests[i];

        if (!test->selected_in)
            continue;
        fprintf(out, "%s.bats: %s [%s]\n", test->file, test->name,
                families_text(test->selected_in));
        n += (size_t)__builtin_popcount(test->selected_in);
    }
    fprintf(out, "%zu tests\n", n);
}
