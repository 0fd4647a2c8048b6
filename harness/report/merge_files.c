// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "confine/confine.h"
#include "report/junit_file.h"
#include "report/merge.h"

#define MERGE_CODE "code"

/* A run of the suites has 200 KiB, all shards of all kernels some tens of MiB. */
static const struct confine_limits merge_limits = {
    .memory = 2LL << 30, .output = 512LL << 20, .cpu_s = 60};

struct merge_task {
    struct memory_files files;
    bool allow_skipped;
};

static void merge_task_release(struct merge_task *task)
{
    memory_files_free(&task->files);
}

/* ---- the child ---- */

static int merge_put_text(const struct merge *merge, bool allow_skipped, struct memory_files *out)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    int r;

    if (!file)
        return -ENOMEM;
    r = merge_print(merge, allow_skipped, file);
    if (fclose(file) != 0)
        return -ENOMEM;
    return r < 0 ? r : memory_files_put(out, MERGED_TEXT, text, size);
}

static int merge_put(const struct merge *merge, bool allow_skipped, struct memory_files *out)
{
    _cleanup_free_ char *junit = junit_file_text(merge->xml);
    uint8_t code = (uint8_t)merge_exit_code(merge, allow_skipped);
    int r = merge_put_text(merge, allow_skipped, out);

    if (r >= 0)
        r = junit ? memory_files_put(out, MERGED_JUNIT, junit, strlen(junit)) : -ENOMEM;
    return r < 0 ? r : memory_files_put(out, MERGE_CODE, &code, 1);
}

static int merge_confined(const void *data, struct memory_files *out)
{
    const struct merge_task *task = data;
    _cleanup_(merge_free) struct merge *merge = NULL;
    int r = merge_new(&merge);

    for (size_t i = 0; r >= 0 && i < task->files.n; i++)
        r = merge_add(merge, task->files.files[i].name, task->files.files[i].bytes,
                      task->files.files[i].size);
    if (r >= 0)
        r = merge_finish(merge);
    return r < 0 ? r : merge_put(merge, task->allow_skipped, out);
}

/* ---- the parent ---- */

int merge_files(char *const *paths, bool allow_skipped, struct merged *out)
{
    _cleanup_(merge_task_release) struct merge_task task = {.allow_skipped = allow_skipped};
    struct memory_files results = {};
    const struct memory_file *code;
    int r = 0;

    for (; r >= 0 && *paths; paths++)
        r = memory_files_read(&task.files, *paths, JUNIT_FILE_MAX);
    if (r < 0)
        return r;
    r = confine("the JUnit files", merge_confined, &task, &merge_limits, &results);
    if (r < 0)
        return r;
    code = memory_files_find(&results, MERGE_CODE);
    if (!code || code->size != 1 || !memory_files_find(&results, MERGED_TEXT) ||
        !memory_files_find(&results, MERGED_JUNIT)) {
        memory_files_free(&results);
        return err_say(EBADMSG, "what reads the JUnit files answered nonsense");
    }
    out->exit_code = code->bytes[0];
    out->results = results;
    return 0;
}
