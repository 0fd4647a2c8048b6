// SPDX-License-Identifier: Apache-2.0
#include "bundle/dir.h"

#include <errno.h>
#include <inttypes.h>

#include "bundle/bundle.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

int bundle_dir_find(const struct bundle_dir *dir, const char *name, int64_t limit,
                    const struct memory_file **out)
{
    const struct memory_file *file = memory_files_find(dir->memory, name);

    if (!file)
        return err_say(EINVAL, "'%s' has no '%s'", dir->path, name);
    if ((int64_t)file->size > limit)
        return err_say(EFBIG, "'%s': '%s' is too large (%zu bytes)", dir->path, name, file->size);
    *out = file;
    return 0;
}

int bundle_dir_read_json(struct bundle_dir *dir, const char *name, json_t **out)
{
    const struct memory_file *file;
    json_error_t error;
    int r = bundle_dir_find(dir, name, BUNDLE_JSON_MAX, &file);

    if (r < 0)
        return r;
    r = json_parse_within(file->bytes ? (const char *)file->bytes : "", file->size,
                          &dir->json_memory, out, &error);
    if (r == -EFBIG)
        return err_say(EFBIG, "'%s' is too large: its JSON, up to '%s', takes more than %lld MiB",
                       dir->path, name, BUNDLE_JSON_MEMORY_MAX >> 20);
    return r == 0 ? 0
                  : err_say(EINVAL, "'%s': %s:%d is no JSON: %s", dir->path, name, error.line,
                            json_error_line(&error));
}
