// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/bundle.h"
#include "bundle/dir.h"
#include "bundle/pack.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "confine/confine.h"

/* What the largest bundle takes: its files, with room for them to grow, once more the entries of
 * its maps, and its JSON. */
static const struct confine_limits open_limits = {.memory =
                                                      3 * BUNDLE_SIZE_MAX + BUNDLE_JSON_MEMORY_MAX,
                                                  .output = BUNDLE_SIZE_MAX + (8 << 20),
                                                  .cpu_s = 60};

/* A bundle as it lies there: the files of a directory, or one, the archive. */
struct open_input {
    const char *path;
    bool is_archive;
    struct memory_files files;
};

static void open_input_release(struct open_input *input)
{
    memory_files_free(&input->files);
}

static int open_read(struct open_input *input)
{
    struct stat st;

    if (stat(input->path, &st) < 0)
        return err_r(errno, "cannot open the bundle '%s'", input->path);
    if (S_ISDIR(st.st_mode))
        return bundle_dir_load(input->path, &input->files);
    if (!S_ISREG(st.st_mode))
        return err_say(EINVAL, "'%s' is no bundle", input->path);
    input->is_archive = true;
    return memory_files_read(&input->files, input->path, BUNDLE_SIZE_MAX);
}

/* The child's: hands back the files of an archive; those of a directory are the parent's already.
 */
static int open_check(const void *data, struct memory_files *out)
{
    const struct open_input *input = data;
    const struct memory_file *archive = &input->files.files[0];
    struct bundle *bundle = NULL;
    int r = 0;

    if (input->is_archive)
        r = pack_read_memory(input->path, archive->bytes, archive->size, out);
    if (r < 0)
        return r;
    r = bundle_open_memory(input->path, input->is_archive ? out : &input->files, &bundle);
    bundle_free(&bundle);
    return r;
}

int bundle_open(const char *path, struct bundle **out)
{
    _cleanup_(open_input_release) struct open_input input = {.path = path};
    _cleanup_free_ char *what = NULL;
    struct memory_files unpacked = {};
    int r = open_read(&input);

    if (r < 0)
        return r;
    r = text_format(&what, "the bundle '%s'", path);
    if (r < 0)
        return r;
    r = confine(what, open_check, &input, &open_limits, &unpacked);
    if (r < 0)
        return r;
    if (input.is_archive) {
        memory_files_free(&input.files);
        input.files = unpacked;
    }
    return bundle_open_memory(path, &input.files, out);
}
