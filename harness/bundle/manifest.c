// SPDX-License-Identifier: Apache-2.0
#include "bundle/manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "bundle/bundle.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

static int manifest_check_digest(const struct bundle_dir *dir, const char *name, int64_t size,
                                 const char *digest)
{
    char seen[24], said[TEXT_QUOTE_MAX];
    const struct memory_file *file;
    int r = bundle_dir_find(dir, name, BUNDLE_SIZE_MAX, &file);

    if (r < 0)
        return r;
    if ((int64_t)file->size != size)
        return err_say(EINVAL, "'%s' is damaged: '%s' has %zu bytes, its manifest says %" PRId64,
                       dir->path, name, file->size, size);
    snprintf(seen, sizeof(seen), "%016" PRIx64, XXH3_64bits(file->bytes, file->size));
    if (strcmp(seen, digest) != 0)
        return err_say(EINVAL, "'%s' is damaged: the digest of '%s' is %s, its manifest says %s",
                       dir->path, name, seen, text_quote(digest, said));
    return 0;
}

/* *bytes is the sum of the files up to here. */
static int manifest_check_file(const struct bundle_dir *dir, const json_t *file, int64_t *bytes)
{
    const char *name, *digest;
    char quoted[TEXT_QUOTE_MAX];
    int64_t size;
    int r = json_get_string(file, "name", &name);

    if (r < 0)
        return r;
    if (bundle_name_check(name) < 0)
        return err_say(EINVAL, "'%s': its manifest names a file that no bundle has, '%s'",
                       dir->path, text_quote(name, quoted));
    r = json_get_integer(file, "size", 0, BUNDLE_SIZE_MAX, &size);
    if (r < 0)
        return r;
    r = json_get_string(file, "xxh3", &digest);
    if (r < 0)
        return r;
    *bytes += size;
    if (*bytes > BUNDLE_SIZE_MAX)
        return err_say(EFBIG, "'%s' is too large: more than %lld MiB", dir->path,
                       BUNDLE_SIZE_MAX >> 20);
    return manifest_check_digest(dir, name, size, digest);
}

static int manifest_check_version(const struct bundle_dir *dir, const json_t *manifest)
{
    const json_t *version = json_object_get(manifest, "waypost_bundle");

    if (!json_is_integer(version))
        return err_say(EINVAL, "'%s' is no bundle: its manifest.json has no 'waypost_bundle'",
                       dir->path);
    if (json_integer_value(version) != BUNDLE_VERSION)
        return err_say(EINVAL,
                       "'%s' is a bundle of version %" JSON_INTEGER_FORMAT
                       "; this waypost reads version %d",
                       dir->path, json_integer_value(version), BUNDLE_VERSION);
    return 0;
}

static size_t manifest_count(const json_t *files, const char *name)
{
    const json_t *file;
    size_t i, n = 0;

    json_array_foreach (files, i, file) {
        const char *listed = json_string_value(json_object_get(file, "name"));

        n += listed && strcmp(listed, name) == 0;
    }
    return n;
}

bool manifest_lists(const json_t *files, const char *name)
{
    return manifest_count(files, name) > 0;
}

static int manifest_check_listed(const struct bundle_dir *dir, const json_t *files,
                                 const char *name)
{
    char quoted[TEXT_QUOTE_MAX];
    size_t n = manifest_count(files, name);

    if (n == 1 || strcmp(name, "manifest.json") == 0)
        return 0;
    return err_say(EINVAL, "'%s' has '%s' in it, which its manifest lists %s", dir->path,
                   text_quote(name, quoted), n ? "twice" : "nowhere");
}

int manifest_read(struct bundle_dir *dir, json_t **out)
{
    _cleanup_json_ json_t *manifest = NULL;
    const json_t *files, *file;
    int64_t bytes = 0;
    size_t i;
    int r = bundle_dir_read_json(dir, "manifest.json", &manifest);

    if (r < 0)
        return r;
    r = manifest_check_version(dir, manifest);
    if (r < 0)
        return r;
    files = json_object_get(manifest, "files");
    if (!json_is_array(files) || json_array_size(files) > BUNDLE_FILES_MAX)
        return err_say(EINVAL, "'%s': its manifest has no list of at most %d files", dir->path,
                       BUNDLE_FILES_MAX);
    json_array_foreach (files, i, file) {
        r = manifest_check_file(dir, file, &bytes);
        if (r < 0)
            return r;
    }
    for (i = 0; i < dir->memory->n; i++) {
        r = manifest_check_listed(dir, files, dir->memory->files[i].name);
        if (r < 0)
            return r;
    }
    *out = TAKE_PTR(manifest);
    return 0;
}
