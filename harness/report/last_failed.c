// SPDX-License-Identifier: Apache-2.0
#include "report/last_failed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/whole_file.h"

/* ---- writing ---- */

static void last_failed_write_job(FILE *file, const struct run_job *job)
{
    for (size_t i = 0; i < job->tap->n_tests; i++) {
        const struct tap_test *test = &job->tap->tests[i];

        if (test->outcome == TAP_FAILED || test->outcome == TAP_INCONCLUSIVE)
            fprintf(file, "%s\t%s\t%s\n", job->name, job->variant, test->name);
    }
    if (job->problems.n > 0 || run_job_lost(job) > 0)
        fprintf(file, "%s\t%s\t\n", job->name, job->variant);
}

static int last_failed_write_run(FILE *file, const void *data)
{
    const struct run *run = data;

    for (size_t i = 0; i < run->n_jobs; i++)
        if (run->jobs[i].dialect == TAP_BATS)
            last_failed_write_job(file, &run->jobs[i]);
    return 0;
}

int last_failed_write(const char *path, const struct run *run)
{
    return whole_file_write(path, last_failed_write_run, run);
}

/* ---- reading ---- */

static int last_failed_add(struct last_failed *list, const char *file, const char *family,
                           const char *test)
{
    struct last_failed_test *items = reallocarray(list->items, list->n + 1, sizeof(*items));
    struct last_failed_test *added;

    if (!items)
        return -ENOMEM;
    list->items = items;
    added = &items[list->n++];
    added->file = strdup(file);
    added->family = strdup(family);
    added->test = strdup(test);
    return added->file && added->family && added->test ? 0 : -ENOMEM;
}

static int last_failed_line(struct last_failed *list, const char *path, char *line)
{
    char *family = strchr(line, '\t'), *test = family ? strchr(family + 1, '\t') : NULL;

    line[strcspn(line, "\n")] = '\0';
    if (!test)
        return err_say(EINVAL, "%s: this line cannot be read: %s", path, line);
    *family++ = '\0';
    *test++ = '\0';
    if (last_failed_add(list, line, family, test) < 0)
        return err_r(ENOMEM, "cannot read '%s'", path);
    return 0;
}

int last_failed_read(const char *path, struct last_failed *out)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    if (!file)
        return errno == ENOENT ? -ENOENT : err_r(errno, "cannot open '%s'", path);
    while (getline(&line, &size, file) >= 0) {
        int r = last_failed_line(out, path, line);

        if (r < 0)
            return r;
    }
    return 0;
}

void last_failed_clear(struct last_failed *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].file);
        free(list->items[i].family);
        free(list->items[i].test);
    }
    free(list->items);
    *list = (struct last_failed){0};
}
