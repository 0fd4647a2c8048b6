// SPDX-License-Identifier: Apache-2.0
#include "common/whole_file.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

/* The name was not there: nobody has made it before, nor a symbolic link of it, as in /tmp. */
static int whole_file_fill(const char *path, whole_file_fn fn, const void *data)
{
    _cleanup_fclose_ FILE *file = fopen(path, "wxe");
    int r;

    if (!file)
        return -errno;
    r = fn(file, data);
    if (r < 0)
        return r;
    return fflush(file) < 0 ? -errno : 0;
}

int whole_file_write(const char *path, whole_file_fn fn, const void *data)
{
    _cleanup_free_ char *temporary = NULL;
    uint64_t random = 0;
    int r;

    /* Nobody can name it in advance. */
    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return err_r(errno, "cannot write '%s'", path);
    r = text_format(&temporary, "%s.%016" PRIx64, path, random);
    if (r < 0)
        return r;
    r = whole_file_fill(temporary, fn, data);
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r == 0)
        return 0;
    if (r != -EEXIST)
        unlink(temporary);
    return err_r(r, "cannot write '%s'", path);
}
