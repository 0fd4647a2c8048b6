/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
/* cmocka wants the ones above first. */
#include <cmocka.h>

#include "common/cleanup.h"
#include "report/run.h"
#include "report/summary.h"

/* What a person is shown of the run; the caller frees it. */
static inline char *fixture_summary(const struct run *run)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    assert_non_null(memory);
    assert_int_equal(summary_print(run, false, memory), 0);
    fclose(memory);
    return text;
}

/* A file of the run in `dir`, in place of one that is there; text NULL: none. */
static inline void fixture_write(const char *dir, const char *name, const char *text)
{
    _cleanup_free_ char *path = NULL;
    FILE *file;

    assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
    unlink(path);
    if (!text)
        return;
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}
