/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* cmocka wants the ones above first. */
#include <cmocka.h>

#include "report/run.h"
#include "report/summary.h"

/* What a person is shown of the run; the caller frees it. */
static char *fixture_summary(const struct run *run)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    assert_non_null(memory);
    assert_int_equal(summary_print(run, memory), 0);
    fclose(memory);
    return text;
}
