// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "confine/confine.h"
#include "field/import.h"

#define IMPORT_FILE_MAX (128LL << 20)
#define IMPORT_RESULT   "topology"

static const struct confine_limits import_limits = {
    .memory = 1LL << 30, .output = IMPORT_FILE_MAX, .cpu_s = 60};

struct import_task {
    const char *path;
    const struct memory_file *dump;
    const struct import_options *options;
};

/* The child's. */
static int import_confined(const void *data, struct memory_files *out)
{
    const struct import_task *task = data;
    _cleanup_free_ char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    int r;

    if (!file)
        return -ENOMEM;
    r = import_bytes(task->path, task->dump->bytes, task->dump->size, task->options, file);
    if (fclose(file) != 0)
        return -ENOMEM;
    return r < 0 ? r : memory_files_put(out, IMPORT_RESULT, text, size);
}

static int import_write(const struct memory_files *results, FILE *out)
{
    const struct memory_file *made = memory_files_find(results, IMPORT_RESULT);

    if (!made)
        return err_say(EBADMSG, "what reads the dump answered nonsense");
    errno = 0;
    if (made->size && fwrite(made->bytes, made->size, 1, out) != 1)
        return err_r(errno ? errno : EIO, "cannot write the topology");
    return 0;
}

int import_run(const char *path, const struct import_options *options, FILE *out)
{
    _cleanup_(memory_files_free) struct memory_files dump = {}, results = {};
    _cleanup_free_ char *what = NULL;
    struct import_task task = {.path = path, .options = options};
    int r = memory_files_read(&dump, path, IMPORT_FILE_MAX);

    if (r < 0)
        return r;
    r = text_format(&what, "the dump '%s'", path);
    if (r < 0)
        return r;
    task.dump = &dump.files[0];
    r = confine(what, import_confined, &task, &import_limits, &results);
    return r < 0 ? r : import_write(&results, out);
}
