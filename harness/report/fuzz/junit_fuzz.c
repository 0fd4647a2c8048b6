// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a JUnit file to be merged: refused with one line, or counted and printed; the merged
 * file is one that can be merged again, with the same counts. */
#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "report/junit_file.h"
#include "report/merge.h"

const char *__lsan_default_suppressions(void);

/* mxml forgets the first element where its attributes cannot be read, and a text where there is no
 * place for it: of a file that is refused, in a process that ends then. */
const char *__lsan_default_suppressions(void)
{
    return "leak:mxmlNewElement\nleak:mxmlNewOpaque";
}

static bool fuzz_is_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t') || text[i] == 0x7f)
            return false;
    return true;
}

static void fuzz_print(const struct merge *merge)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fuzz_expect(out && merge_print(merge, false, out) == 0, "what is merged is printed");
    fclose(out);
    fuzz_expect(fuzz_is_text(text, size), "what is printed is text");
}

static void fuzz_count(const struct merge *merge)
{
    size_t tests = 0;

    for (size_t i = 0; i < merge->n_columns; i++)
        tests += merge->columns[i].n_tests;
    fuzz_expect(merge->passed + merge->failed + merge->skipped + merge->inconclusive == tests,
                "every test is counted");
    fuzz_expect(merge_exit_code(merge, true) >= 0, "an exit code");
}

static int fuzz_merge(const uint8_t *data, size_t size, struct merge **out)
{
    int r = merge_new(out);

    fuzz_expect(r == 0, "a merge");
    r = merge_add(*out, "fuzz", data, size);
    return r < 0 ? r : merge_finish(*out);
}

/* Files that are merged once more come from one machine each. */
static void fuzz_again(const struct merge *merge)
{
    _cleanup_(merge_free) struct merge *again = NULL;
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    mxmlSetWrapMargin(0);
    fuzz_expect(out && mxmlSaveFile(merge->xml, out, MXML_NO_CALLBACK) == 0, "it can be written");
    fclose(out);
    fuzz_expect(fuzz_merge((const uint8_t *)text, size, &again) == 0, "what is written is read");
    fuzz_expect(again->passed == merge->passed && again->failed == merge->failed &&
                    again->skipped == merge->skipped && again->inconclusive == merge->inconclusive,
                "with the same counts");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(merge_free) struct merge *merge = NULL;
    int r;

    fuzz_listen();
    r = fuzz_merge(data, size, &merge);
    fuzz_expect_said(r);
    if (r < 0)
        return 0;
    fuzz_count(merge);
    fuzz_print(merge);
    fuzz_again(merge);
    return 0;
}
