// SPDX-License-Identifier: Apache-2.0
#include "report/tap.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"
#include "common/text.h"
#include "report/tap_directive.h"

#define TAP_LINE_MAX     4096  /* what is longer is cut */
#define TAP_DETAIL_MAX   65536 /* per test; the file has the rest */
#define TAP_PROBLEMS_MAX 20

struct tap_reader {
    enum tap_dialect dialect;
    struct tap_stream *stream;
    size_t line;       /* number of the line that is read */
    size_t group_base; /* tests in the groups before this one */
    size_t group_planned;
    bool *seen;                 /* by number - 1, `planned` of them */
    struct tap_test *last;      /* the test that a comment belongs to */
    int64_t begun_us, stamp_us; /* -1: none */
    bool ended;                 /* after "Bail out!" nothing more counts */
};

/* ---- lines ---- */

/* One line without its newline, at most size - 1 bytes of it; what is longer is skipped over.
 * Returns the length, or -1 at the end of the file; *whole is false when the file ends before the
 * line does. */
static ssize_t tap_get_line(FILE *file, char *line, size_t size, bool *whole)
{
    size_t used = 0;
    int c = getc_unlocked(file);

    if (c == EOF)
        return -1;
    for (; c != EOF && c != '\n'; c = getc_unlocked(file)) {
        if (used + 1 < size)
            line[used++] = (char)c;
    }
    *whole = c == '\n';
    return (ssize_t)used;
}

static int tap_problem(struct tap_reader *reader, const char *what, const char *text)
{
    struct strings *problems = &reader->stream->problems;
    char *problem;

    if (problems->n >= TAP_PROBLEMS_MAX)
        return 0;
    if (text_format(&problem, "line %zu: %s%s%.200s%s", reader->line, what, text ? " '" : "",
                    text ? text : "", text ? "'" : "") < 0)
        return -ENOMEM;
    return strings_take(problems, problem);
}

/* Reads a decimal number that ends at a blank or at the end; moves *text behind it and the blanks.
 */
static bool tap_number(const char **text, long long max, long long *out)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return false;
    errno = 0;
    *out = strtoll(*text, &end, 10);
    if (errno != 0 || *out > max || (*end != '\0' && *end != ' '))
        return false;
    *text = end + strspn(end, " ");
    return true;
}

/* ---- plans ---- */

static int tap_start_group(struct tap_reader *reader, size_t planned)
{
    struct tap_stream *stream = reader->stream;
    size_t before = stream->planned < 0 ? 0 : (size_t)stream->planned;
    bool *seen = realloc(reader->seen, (before + planned + 1) * sizeof(*seen));

    if (!seen)
        return -ENOMEM;
    memset(seen + before, 0, planned * sizeof(*seen));
    reader->seen = seen;
    reader->group_base = before;
    reader->group_planned = planned;
    stream->planned = (long)(before + planned);
    return 0;
}

static int tap_plan(struct tap_reader *reader, const char *text)
{
    const char *rest = text + strlen("1..");
    long long planned;

    if (!tap_number(&rest, TAP_PLAN_MAX, &planned) || (*rest != '\0' && *rest != '#'))
        return tap_problem(reader, "this plan cannot be read:", text);
    if (reader->dialect == TAP_BATS && reader->stream->planned >= 0)
        return tap_problem(reader, "a second plan,", text);
    if (reader->stream->planned > TAP_PLAN_MAX)
        return tap_problem(reader, "too many tests,", text);
    return tap_start_group(reader, (size_t)planned);
}

/* ---- results ---- */

static int tap_keep(struct tap_test *test, enum tap_outcome outcome, const char *name,
                    size_t length, const char *reason)
{
    if (strncmp(name, "- ", 2) == 0 && length >= 2) {
        name += 2;
        length -= 2;
    }
    while (length > 0 && name[length - 1] == ' ')
        length--;
    test->outcome = outcome;
    test->name = strndup(name, length);
    test->reason = reason ? strdup(reason) : NULL;
    return test->name && (!reason || test->reason) ? 0 : -ENOMEM;
}

/* cmocka has "not ok 1 # SKIP name", others "ok 1 - name # SKIP reason". */
static int tap_judge_program(struct tap_test *test, bool ok, const char *description)
{
    const char *skip = tap_find_skip(description);

    if (skip == description)
        return tap_keep(test, TAP_SKIPPED, tap_skip_reason(skip), strlen(tap_skip_reason(skip)),
                        "");
    if (ok && skip)
        return tap_keep(test, TAP_SKIPPED, description, (size_t)(skip - description),
                        tap_skip_reason(skip));
    return tap_keep(test, ok ? TAP_PASSED : TAP_FAILED, description, strlen(description), NULL);
}

/* "ok 1 name # skip reason". A "not ok 1 name # skip" is a skipped test whose teardown failed:
 * failed. Nothing else in a name means anything, "# TODO" included: bats has no such thing. */
static int tap_judge_bats(struct tap_test *test, bool ok, const char *description,
                          const char *running)
{
    const char *skip = ok ? tap_bats_skip(description, running) : NULL;

    if (skip)
        return tap_keep(test, TAP_SKIPPED, description, (size_t)(skip - description),
                        tap_skip_reason(skip));
    return tap_keep(test, ok ? TAP_PASSED : TAP_FAILED, description, strlen(description), NULL);
}

static struct tap_test *tap_add_test(struct tap_stream *stream)
{
    struct tap_test *tests = realloc(stream->tests, (stream->n_tests + 1) * sizeof(*tests));

    if (!tests)
        return NULL;
    stream->tests = tests;
    stream->tests[stream->n_tests] = (struct tap_test){.elapsed_us = -1};
    return &stream->tests[stream->n_tests++];
}

/* False when the number is not one of the plan's, or was there before. */
static bool tap_claim(struct tap_reader *reader, long long number)
{
    size_t index = reader->group_base + (size_t)number - 1;

    if (number < 1 || (size_t)number > reader->group_planned || reader->seen[index])
        return false;
    reader->seen[index] = true;
    return true;
}

/* bats reports a failed teardown_file as one test behind the plan: it becomes a group of its own.
 */
static bool tap_is_teardown(const struct tap_reader *reader, bool ok, long long number,
                            const char *description)
{
    return reader->dialect == TAP_BATS && !ok && number == reader->stream->planned + 1 &&
           strncmp(description, "teardown_", 9) == 0;
}

static int tap_stray_result(struct tap_reader *reader, const char *description)
{
    if (reader->stream->planned < 0)
        return tap_problem(reader, "a result before the plan,", description);
    return tap_problem(reader, "a number that is not in the plan, or twice,", description);
}

static int tap_result(struct tap_reader *reader, bool ok, const char *text)
{
    _cleanup_free_ char *running = NULL;
    const char *rest = text + strspn(text, " ");
    struct tap_test *test;
    long long number;

    reader->last = NULL;
    if (!tap_number(&rest, TAP_PLAN_MAX, &number))
        return tap_problem(reader, "a result without a number,", text);
    if (tap_is_teardown(reader, ok, number, rest)) {
        if (tap_start_group(reader, 1) < 0)
            return -ENOMEM;
        number = 1;
    }
    if (!tap_claim(reader, number))
        return tap_stray_result(reader, rest);
    test = tap_add_test(reader->stream);
    if (!test)
        return -ENOMEM;
    test->number = reader->group_base + (size_t)number;
    if (reader->begun_us >= 0 && reader->stamp_us >= reader->begun_us)
        test->elapsed_us = reader->stamp_us - reader->begun_us;
    reader->begun_us = -1;
    reader->last = test;
    running = TAKE_PTR(reader->stream->running);
    return reader->dialect == TAP_BATS ? tap_judge_bats(test, ok, rest, running)
                                       : tap_judge_program(test, ok, rest);
}

/* ---- comments and stamps ---- */

static int tap_stamp(struct tap_reader *reader, const char *text)
{
    long long stamp, number;

    if (!tap_number(&text, INT64_MAX, &stamp))
        return tap_problem(reader, "a time stamp that cannot be read,", text);
    reader->stamp_us = stamp;
    if (strncmp(text, "begin ", 6) != 0)
        return 0;
    text += 6;
    if (!tap_number(&text, TAP_PLAN_MAX, &number))
        return tap_problem(reader, "a time stamp that cannot be read,", text);
    reader->begun_us = stamp;
    free(reader->stream->running);
    reader->stream->running = strdup(text);
    return reader->stream->running ? 0 : -ENOMEM;
}

/* What bats says about numbers is said here, with all that went wrong. */
static bool tap_is_counting_remark(const char *text)
{
    return strncmp(text, "bats warning: Executed", 22) == 0;
}

static int tap_comment(struct tap_reader *reader, const char *text)
{
    struct tap_test *test = reader->last;
    size_t before = test && test->detail ? strlen(test->detail) : 0;
    char *detail;

    if (text[0] == '@' && text[1] == ' ')
        return tap_stamp(reader, text + 2);
    text += *text == ' ';
    if (!test || before + strlen(text) > TAP_DETAIL_MAX || tap_is_counting_remark(text))
        return 0;
    detail = realloc(test->detail, before + strlen(text) + 2);
    if (!detail)
        return -ENOMEM;
    sprintf(detail + before, "%s%s", before ? "\n" : "", text);
    test->detail = detail;
    return 0;
}

/* ---- the stream ---- */

static bool tap_starts(const char *line, const char *word)
{
    size_t length = strlen(word);

    return strncmp(line, word, length) == 0 && (line[length] == ' ' || line[length] == '\0');
}

static int tap_line(struct tap_reader *reader, const char *line)
{
    if (line[0] == '#')
        return tap_comment(reader, line + 1);
    if (line[0] == '\0' || (reader->line == 1 && tap_starts(line, "TAP version")))
        return 0;
    if (strncmp(line, "1..", 3) == 0)
        return tap_plan(reader, line);
    if (tap_starts(line, "ok"))
        return tap_result(reader, true, line + 2);
    if (tap_starts(line, "not ok"))
        return tap_result(reader, false, line + 6);
    if (strncmp(line, "Bail out!", 9) == 0) {
        reader->ended = true;
        return tap_problem(reader, "the stream says", line);
    }
    return reader->dialect == TAP_PROGRAM ? 0 : tap_problem(reader, "this is not TAP:", line);
}

/* "ok 1" may have been going to be "ok 12": half a line says nothing. */
static int tap_half_line(struct tap_reader *reader, const char *line)
{
    return reader->dialect == TAP_PROGRAM ? 0 : tap_problem(reader, "cut off:", line);
}

static int tap_read_lines(struct tap_reader *reader, FILE *file)
{
    char line[TAP_LINE_MAX];
    ssize_t length;
    bool whole;

    while (!reader->ended && (length = tap_get_line(file, line, sizeof(line), &whole)) >= 0) {
        _cleanup_free_ char *clean = text_clean(line, (size_t)length);
        int r;

        reader->line++;
        if (!clean)
            return -ENOMEM;
        r = whole ? tap_line(reader, clean) : tap_half_line(reader, clean);
        if (r < 0)
            return r;
    }
    return ferror(file) ? err_r(errno, "cannot read a TAP stream") : 0;
}

/* The sentence of the line that says so, or NULL. */
static const char *tap_inconclusive(const char *detail)
{
    for (const char *line = detail; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, PATIENCE_WORD, strlen(PATIENCE_WORD)) == 0)
            return line + strlen(PATIENCE_WORD);
    }
    return NULL;
}

static int tap_settle(struct tap_stream *stream)
{
    for (size_t i = 0; i < stream->n_tests; i++) {
        struct tap_test *test = &stream->tests[i];
        const char *why = test->outcome == TAP_FAILED ? tap_inconclusive(test->detail) : NULL;

        if (!why)
            continue;
        test->outcome = TAP_INCONCLUSIVE;
        test->reason = strndup(why, strcspn(why, "\n"));
        if (!test->reason)
            return err_r(ENOMEM, "cannot read a TAP stream");
    }
    return 0;
}

static void tap_count_missing(struct tap_reader *reader)
{
    struct tap_stream *stream = reader->stream;

    for (long i = 0; i < stream->planned; i++)
        stream->missing += !reader->seen[i];
}

int tap_read(FILE *file, enum tap_dialect dialect, struct tap_stream **out)
{
    struct tap_reader reader = {.dialect = dialect, .begun_us = -1, .stamp_us = -1};
    _cleanup_(tap_free) struct tap_stream *stream = calloc(1, sizeof(*stream));
    int r;

    if (!stream)
        return err_r(ENOMEM, "cannot read a TAP stream");
    stream->planned = -1;
    reader.stream = stream;
    r = tap_read_lines(&reader, file);
    tap_count_missing(&reader);
    free(reader.seen);
    if (r < 0)
        return r;
    r = tap_settle(stream);
    if (r < 0)
        return r;
    *out = TAKE_PTR(stream);
    return 0;
}

void tap_free(struct tap_stream **stream)
{
    if (!*stream)
        return;
    for (size_t i = 0; i < (*stream)->n_tests; i++) {
        free((*stream)->tests[i].name);
        free((*stream)->tests[i].reason);
        free((*stream)->tests[i].detail);
    }
    free((*stream)->tests);
    strings_clear(&(*stream)->problems);
    free((*stream)->running);
    free(*stream);
    *stream = NULL;
}
