// SPDX-License-Identifier: Apache-2.0
#include "vm/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "report/conclude.h"
#include "run/exit.h"
#include "run/process.h"
#include "run/verifier.h"
#include "run/words.h"
#include "vm/output.h"

/* ---- verdicts ---- */

static int outcome_read(const struct prepared *kernel, json_t **out)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/verdict.json", kernel->dir);

    return r < 0 ? r : json_read_file(path, JSON_REPORT_MAX, out);
}

static const char *outcome_text(const json_t *verdict, const char *key)
{
    const char *text = json_string_value(json_object_get(verdict, key));

    return text ? text : "";
}

/* The exit code of what ran inside; -1: there is none. */
static int outcome_code(const json_t *verdict)
{
    const json_t *code = json_object_get(verdict, "code");

    return json_is_integer(code) ? (int)json_integer_value(code) : -1;
}

/* Why a kernel has no result, or no exit code. */
static void outcome_say(const struct prepared *kernel, const json_t *verdict)
{
    fflush(stdout);
    fprintf(stderr, "kernel %s: %s: %s\n", kernel->name, outcome_text(verdict, "verdict"),
            outcome_text(verdict, "detail"));
}

/* ---- the suites ---- */

/* "j.xml"; of several kernels "j-6.1.xml". NULL stays NULL. */
static int outcome_file(const struct prepared_all *kernels, const struct prepared *kernel,
                        const char *file, char **out)
{
    const char *slash, *dot;

    if (!file || kernels->n == 1)
        return file ? text_format(out, "%s", file) : 0;
    slash = strrchr(file, '/');
    dot = strrchr(slash ? slash : file, '.');
    if (!dot)
        return text_format(out, "%s-%s", file, kernel->name);
    return text_format(out, "%.*s-%s%s", (int)(dot - file), file, kernel->name, dot);
}

/* All but the closing line, which the table of kernels has. */
static void outcome_print_summary(const struct prepared *kernel, char *summary, int code)
{
    size_t length = strlen(summary);
    char *last;

    if (length > 0)
        summary[length - 1] = '\0';
    last = strrchr(summary, '\n');
    if (code != RUN_PASSED)
        printf("== %s\n", kernel->name);
    printf("%.*s", last ? (int)(last - summary) + 1 : 0, summary);
}

/* The results: what --junit and --tap ask for. What failed is printed where the output does not say
 * it: of several kernels, and of one that came to no end. */
static int outcome_conclude(const struct command_line *line, const struct prepared_all *kernels,
                            const struct prepared *kernel, const char *results)
{
    _cleanup_free_ char *junit = NULL, *tap = NULL, *summary = NULL;
    _cleanup_json_ json_t *verdict = NULL;
    struct conclude_request request = {.dir = results, .expect = line->options.expect};
    size_t size;
    FILE *text;
    int r = outcome_read(kernel, &verdict);

    if (r < 0)
        return r;
    r = outcome_file(kernels, kernel, line->options.junit, &junit);
    if (r < 0)
        return r;
    r = outcome_file(kernels, kernel, line->options.tap, &tap);
    if (r < 0)
        return r;
    text = open_memstream(&summary, &size);
    if (!text)
        return err_r(ENOMEM, "cannot report the results");
    request.junit = junit;
    request.tap = tap;
    r = conclude(&request, text);
    fclose(text);
    if (r >= 0 && (kernels->n > 1 || strcmp(outcome_text(verdict, "verdict"), "ended") != 0))
        outcome_print_summary(kernel, summary, r);
    return r < 0 ? r : 0;
}

/* A kernel that left no results says why in the table. */
static int outcome_conclude_all(const struct command_line *line, const struct prepared_all *kernels)
{
    for (size_t i = 0; i < kernels->n; i++) {
        _cleanup_free_ char *results = NULL, *plan = NULL;
        int r = text_format(&results, "%s/" OUTPUT_RESULTS, kernels->items[i].dir);

        if (r < 0)
            return r;
        r = text_format(&plan, "%s/plan", results);
        if (r < 0)
            return r;
        /* Results that cannot be read are the matrix's to judge. */
        if (access(plan, R_OK) == 0)
            outcome_conclude(line, kernels, &kernels->items[i], results);
    }
    return 0;
}

/* The table of kernels (`waypost matrix`). */
static int outcome_print_matrix(const struct vm_context *context, const struct command_line *line,
                                const struct prepared_all *kernels)
{
    _cleanup_strings_ struct strings argv = {0};
    struct process_spec spec = {.in = PROCESS_NULL};
    const char *const verb[] = {context->site->waypost, "matrix",
                                line->options.objects ? "--objects" : NULL, NULL};
    int status = 0, r = words_add_all(&argv, verb);

    for (size_t i = 0; r >= 0 && i < kernels->n; i++)
        r = words_add(&argv, "%s", kernels->items[i].dir);
    if (r < 0)
        return r;
    fflush(stdout);
    spec.argv = words_array(&argv);
    r = process_run(&spec, -1, &status);
    return r < 0 ? r : status;
}

static int outcome_report_suite(const struct vm_context *context, const struct command_line *line,
                                const struct prepared_all *kernels)
{
    int r = outcome_conclude_all(line, kernels);

    return r < 0 ? r : outcome_print_matrix(context, line, kernels);
}

/* ---- the verifier ---- */

/* The file of a kernel that has one; else why it has none, and *failed. */
static int outcome_take_verifier(const struct prepared *kernel, struct strings *files, bool *failed)
{
    _cleanup_json_ json_t *verdict = NULL;
    _cleanup_free_ char *path = NULL;
    struct stat it;
    int r = outcome_read(kernel, &verdict);

    if (r < 0)
        return r;
    r = text_format(&path, "%s/" OUTPUT_RESULTS "/verifier.json", kernel->dir);
    if (r < 0)
        return r;
    if (outcome_code(verdict) == 0 && stat(path, &it) == 0 && it.st_size > 0)
        return words_add(files, "%s", path);
    outcome_say(kernel, verdict);
    *failed = true;
    return 0;
}

/* What the verifiers spent, all kernels in one table. */
static int outcome_report_verifier(const struct vm_context *context,
                                   const struct command_line *line,
                                   const struct prepared_all *kernels)
{
    _cleanup_strings_ struct strings files = {0};
    struct verifier_judgement judgement = {.recorded = !line->options.objects,
                                           .write = line->options.record};
    bool failed = false;
    int r = 0;

    for (size_t i = 0; r >= 0 && i < kernels->n; i++)
        r = outcome_take_verifier(&kernels->items[i], &files, &failed);
    if (r < 0 || files.n == 0)
        return r < 0 ? r : RUN_SHORTAGE;
    judgement.files = words_array(&files);
    r = verifier_judge(context->site, &judgement);
    if (r == 0 && judgement.write && !failed)
        printf("docs/verifier.md has the figures\n");
    return r == 0 && failed ? RUN_SHORTAGE : r;
}

/* ---- another command ---- */

/* Of several kernels: "6.1: LINE". */
static void outcome_print_output(const struct prepared *kernel)
{
    _cleanup_free_ char *path = NULL, *line = NULL;
    _cleanup_fclose_ FILE *file = NULL;
    size_t size = 0;

    if (text_format(&path, "%s/" OUTPUT_FILE, kernel->dir) < 0)
        return;
    file = fopen(path, "re");
    while (file && getline(&line, &size, file) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        printf("%s: %s\n", kernel->name, line);
    }
}

/* Its exit code, or why there is none. */
static int outcome_report_one(const struct prepared_all *kernels, const struct prepared *kernel)
{
    _cleanup_json_ json_t *verdict = NULL;
    int r = outcome_read(kernel, &verdict);

    if (r < 0)
        return r;
    if (kernels->n > 1)
        outcome_print_output(kernel);
    if (outcome_code(verdict) >= 0)
        return outcome_code(verdict);
    outcome_say(kernel, verdict);
    return RUN_SHORTAGE;
}

static int outcome_report_command(const struct prepared_all *kernels)
{
    int worst = 0;

    for (size_t i = 0; i < kernels->n; i++) {
        int r = outcome_report_one(kernels, &kernels->items[i]);

        if (r < 0)
            return r;
        worst = r > worst ? r : worst;
    }
    return worst;
}

int outcome_report(const struct vm_context *context, const struct command_line *line,
                   const struct prepared_all *kernels)
{
    if (line->verb == VM_SUITE)
        return outcome_report_suite(context, line, kernels);
    if (line->verb == VM_VERIFIER)
        return outcome_report_verifier(context, line, kernels);
    return outcome_report_command(kernels);
}
