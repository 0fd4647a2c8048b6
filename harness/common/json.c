// SPDX-License-Identifier: Apache-2.0
#include "common/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/memory_files.h"
#include "common/text.h"
#include "common/whole_file.h"

#define JSON_MEMORY_FACTOR 16

const char *json_error_line(json_error_t *error)
{
    return text_clean_line(error->text);
}

/* No less than what jansson 2.14 takes for a text, with the allocator's share. */
static int64_t json_memory(const char *text, size_t size)
{
    int64_t memory = 0;

    for (size_t i = 0; i < size; i++) {
        switch (text[i]) {
        case '{':
            memory += 320; /* a table with eight buckets, and its last value */
            break;
        case '[':
            memory += 224; /* room for eight, and its last value */
            break;
        case ',':
            memory += 96; /* a value, and its place in an array that doubles */
            break;
        case ':':
            memory += 128; /* a pair, and its place in a table that doubles */
            break;
        default:
            memory += 1; /* of a string */
        }
    }
    return memory;
}

int json_parse_within(const char *text, size_t size, int64_t *memory, json_t **out,
                      json_error_t *error)
{
    *memory -= json_memory(text, size);
    if (*memory < 0)
        return -EFBIG;
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, error);
    return *out ? 0 : -EINVAL;
}

int json_read_text(const char *path, const void *text, size_t size, int64_t memory, json_t **out)
{
    int64_t left = memory;
    json_error_t error;
    int r = json_parse_within(text ? text : "", size, &left, out, &error);

    if (r == -EFBIG)
        return err_say(EFBIG, "'%s' is too large: its JSON would take more than %lld MiB", path,
                       (long long)memory >> 20);
    if (r < 0 && json_error_code(&error) == json_error_out_of_memory)
        return err_r(ENOMEM, "cannot read '%s'", path);
    return r < 0 ? err_say(EINVAL, "%s:%d: %s", path, error.line, json_error_line(&error)) : 0;
}

int json_read_file(const char *path, int64_t max, json_t **out)
{
    _cleanup_(memory_files_free) struct memory_files files = {};
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC); /* it may be a pipe */
    int r;

    if (fd < 0)
        return err_r(errno, "cannot open '%s'", path);
    r = memory_files_add(&files, path);
    if (r >= 0)
        r = memory_files_fill(&files, fd, max);
    if (r == -EFBIG)
        return err_say(EFBIG, "'%s' is too large: it has more than %lld MiB", path,
                       (long long)max >> 20);
    if (r < 0)
        return err_r(r, "cannot read '%s'", path);
    return json_read_text(path, files.files[0].bytes, files.files[0].size, JSON_MEMORY_FACTOR * max,
                          out);
}

static int json_write(FILE *file, const void *data)
{
    /* jansson leaves errno alone where the value is what it cannot write. */
    errno = 0;
    if (json_dumpf(data, file, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0)
        return 0;
    return errno ? -errno : -EINVAL;
}

int json_write_file(const char *path, const json_t *j)
{
    return whole_file_write(path, json_write, j);
}

static bool json_absent(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return !value || json_is_null(value);
}

int json_get_string(const json_t *object, const char *key, const char **out)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value))
        return err_say(EINVAL, "'%s' must be a string", key);
    *out = json_string_value(value);
    return 0;
}

int json_get_integer(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    int64_t number;

    if (!json_is_integer(value))
        return err_say(EINVAL, "'%s' must be a whole number", key);
    number = json_integer_value(value);
    if (number < min || number > max)
        return err_say(EINVAL, "'%s' is %lld, must be %lld to %lld", key, (long long)number,
                       (long long)min, (long long)max);
    *out = number;
    return 0;
}

int json_get_optional_string(const json_t *object, const char *key, const char **out)
{
    return json_absent(object, key) ? 0 : json_get_string(object, key, out);
}

int json_get_optional_integer(const json_t *object, const char *key, int64_t min, int64_t max,
                              int64_t *out)
{
    return json_absent(object, key) ? 0 : json_get_integer(object, key, min, max, out);
}

int json_get_optional_bool(const json_t *object, const char *key, bool *out)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return 0;
    if (!json_is_boolean(value))
        return err_say(EINVAL, "'%s' must be true or false", key);
    *out = json_is_true(value);
    return 0;
}

json_t *json_address(const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];

    return address->af == AF_UNSPEC ? json_null() : json_string(address_text(address, text));
}

json_t *json_address_port(const struct address_port *ap)
{
    char text[ADDRESS_TEXT_MAX];

    return ap->address.af == AF_UNSPEC ? json_null() : json_string(address_port_text(ap, text));
}
