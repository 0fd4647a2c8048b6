// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "confine/confine.h"
#include "field/import.h"

#define IMPORT_FILE_MAX (128LL << 20)
#define IMPORT_RESULT   "topology"

static const struct confine_limits import_limits = {
    .memory = 1LL << 30, .output = IMPORT_FILE_MAX, .cpu_s = 60};

/* The child's. */
static int import_confined(const struct memory_file *dump, const void *options,
                           struct memory_files *out)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    int r;

    if (!file)
        return -ENOMEM;
    r = import_bytes(dump->name, dump->bytes, dump->size, options, file);
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
    _cleanup_(memory_files_free) struct memory_files results = {};
    int r = confine_file("the dump", path, IMPORT_FILE_MAX, import_confined, options,
                         &import_limits, &results);

    return r < 0 ? r : import_write(&results, out);
}
