// SPDX-License-Identifier: Apache-2.0
#include "report/whole_file.h"

#include <errno.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

static int whole_file_fill(const char *path, whole_file_fn fn, const void *data)
{
    _cleanup_fclose_ FILE *file = fopen(path, "we");
    int r;

    if (!file)
        return err_r(errno, "cannot write '%s'", path);
    r = fn(file, data);
    if (r == 0 && fflush(file) != 0)
        r = -errno;
    return r < 0 ? err_r(r, "cannot write '%s'", path) : 0;
}

int whole_file_write(const char *path, whole_file_fn fn, const void *data)
{
    _cleanup_free_ char *temporary = NULL;
    int r;

    if (asprintf(&temporary, "%s.new", path) < 0) {
        temporary = NULL;
        return err_r(ENOMEM, "cannot write '%s'", path);
    }
    r = whole_file_fill(temporary, fn, data);
    if (r == 0 && rename(temporary, path) < 0)
        r = err_r(errno, "cannot write '%s'", path);
    if (r < 0)
        unlink(temporary);
    return r;
}
