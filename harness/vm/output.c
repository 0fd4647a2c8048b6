// SPDX-License-Identifier: Apache-2.0
#include "vm/output.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"
#include "run/process.h"
#include "vm/qemu.h"

#define OUTPUT_CHUNK 65536

/* ---- the output ---- */

static int output_write(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        }
    }
    return 0;
}

static int output_put(const struct output_copy *copy, const char *bytes, size_t length)
{
    int r = output_write(copy->file_fd, bytes, length);

    if (r < 0)
        return err_r(r, "cannot write what a machine prints");
    if (!copy->status)
        return 0;
    vm_status_hide(copy->status);
    *copy->line_open = bytes[length - 1] != '\n';
    if (fwrite(bytes, 1, length, stdout) != length || fflush(stdout) != 0)
        return err_r(errno, "cannot print what a machine prints");
    return 0;
}

int output_copy(const struct output_copy *copy, bool *ended)
{
    char bytes[OUTPUT_CHUNK];

    for (;;) {
        ssize_t n = read(copy->fd, bytes, sizeof(bytes));
        int r;

        *ended = n == 0;
        if (n == 0 || (n < 0 && errno == EAGAIN))
            return 0;
        if (n < 0 && errno != EINTR)
            return err_r(errno, "cannot read what a machine prints");
        r = n > 0 ? output_put(copy, bytes, (size_t)n) : 0;
        if (r < 0)
            return r;
    }
}

/* ---- results as they come ---- */

static bool output_is_name(const char *name)
{
    if (*name == '.' || *name == '-' || *name == '\0')
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("._-", *name))
            return false;
    return true;
}

static bool output_ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), rest = strlen(end);

    return length >= rest && strcmp(name + length - rest, end) == 0;
}

static void output_count_line(const char *name, const char *line, struct output_count *count)
{
    const char *planned = strrchr(line, '\t');

    if (strcmp(name, "plan") == 0 && planned && atol(planned) > 0)
        count->planned += atol(planned);
    if (!output_ends_with(name, ".tap"))
        return;
    count->done += strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0;
    count->failed += strncmp(line, "not ok ", 7) == 0;
}

static int output_append(const char *dir, const char *name, const char *line)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *file = NULL;
    int r = text_format(&path, "%s/" OUTPUT_LIVE "/%s", dir, name);

    if (r < 0)
        return r;
    file = fopen(path, "ae");
    if (!file || fprintf(file, "%s\n", line) < 0 || fflush(file) < 0)
        return err_r(errno, "cannot write '%s'", path);
    return 0;
}

int output_live_line(const char *dir, char *line, struct output_count *count)
{
    char *tab = strchr(line, '\t');

    if (!tab)
        return 0;
    *tab = '\0';
    if (!output_is_name(line))
        return 0;
    output_count_line(line, tab + 1, count);
    return output_append(dir, line, tab + 1);
}

/* ---- results at the end ---- */

static bool output_untar(const char *archive, const char *results)
{
    const char *const argv[] = {"tar", "-C",    results, "--no-same-owner", "--no-same-permissions",
                                "-xf", archive, NULL};
    const struct process_spec spec = {
        .argv = argv, .in = PROCESS_NULL, .out = PROCESS_NULL, .err = PROCESS_NULL};
    int status = 0;

    return process_run(&spec, -1, &status) == 0 && status == 0;
}

/* False: the archive is not there, or half of it. */
static bool output_unpack_archive(const char *archive, const char *results)
{
    struct stat it;

    return stat(archive, &it) == 0 && it.st_size > 0 && mkdir(results, 0755) == 0 &&
           output_untar(archive, results);
}

int output_unpack(const char *dir)
{
    _cleanup_free_ char *archive = NULL, *results = NULL, *live = NULL;

    if (text_format(&archive, "%s/" QEMU_FILES, dir) < 0 ||
        text_format(&results, "%s/" OUTPUT_RESULTS, dir) < 0 ||
        text_format(&live, "%s/" OUTPUT_LIVE, dir) < 0)
        return -ENOMEM;
    if (!output_unpack_archive(archive, results)) {
        tree_remove(results);
        /* Empty when nothing came. */
        if (rmdir(live) < 0 && rename(live, results) < 0 && errno != ENOENT)
            return err_r(errno, "cannot write '%s'", results);
    }
    unlink(archive);
    return tree_remove(live);
}
