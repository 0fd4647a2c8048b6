// SPDX-License-Identifier: Apache-2.0
#include "vm/image.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "vm/copy.h"
#include "vm/step.h"
#include "vm/tail.h"

#define IMAGE_ROOM (8 << 20) /* for the file system's own tables */

static int image_run(const struct vm_context *context, const char *directory, const char *path,
                     const char *log)
{
    char blocks[32], last[TAIL_MAX];
    const char *const argv[] = {"mke2fs", "-q",   "-t", "ext4",    "-O", "^has_journal", "-m", "0",
                                "-i",     "8192", "-d", directory, path, blocks,         NULL};
    const struct vm_step step = {.title = "making a disk", .log = log, .process = {.argv = argv}};
    size_t size;
    int status = 0, r = copy_size(directory, &size);

    if (r < 0)
        return r;
    snprintf(blocks, sizeof(blocks), "%zuk", (size + size / 4 + IMAGE_ROOM) / 1024);
    r = vm_step_run(context, &step, &status);
    if (r < 0 || status == 0)
        return r;
    tail_line(log, last);
    return err_say(EIO, "cannot make the image %s: %s", path, last);
}

int image_make(const struct vm_context *context, const char *directory, const char *path)
{
    _cleanup_free_ char *log = NULL;
    int r = text_format(&log, "%s.log", path);

    if (r < 0)
        return r;
    r = image_run(context, directory, path, log);
    unlink(log);
    return r;
}
