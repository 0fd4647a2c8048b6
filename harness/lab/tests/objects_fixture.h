/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of directories of objects share. */
#pragma once

#include "lab/tests/bpf_fixture.h"

#include <dirent.h>
#include <fcntl.h>

#include "lab/programs.h"

struct bytes {
    uint8_t *data;
    size_t size;
};

FIXTURE_UNUSED static void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
}

/* A copy of one of the tests' own objects, to be spoilt. */
FIXTURE_UNUSED static struct bytes read_object(const char *name)
{
    char path[128];
    struct stat st;
    struct bytes bytes;
    _cleanup_close_ int fd = -1;

    fixture_object(name, "copy");
    snprintf(path, sizeof(path), "%s/copy.bpf.o", fixture.objects);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &st), 0);
    bytes = (struct bytes){malloc((size_t)st.st_size), (size_t)st.st_size};
    assert_int_equal(read(fd, bytes.data, bytes.size), st.st_size);
    assert_int_equal(unlink(path), 0);
    return bytes;
}

FIXTURE_UNUSED static const char *in_objects(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", fixture.objects, name);
    return path;
}

FIXTURE_UNUSED static void write_object(const char *name, const void *data, size_t size)
{
    _cleanup_close_ int fd = open(in_objects(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
}

FIXTURE_UNUSED static void replace(struct bytes *bytes, const char *from, const char *to)
{
    size_t length = strlen(from);
    uint8_t *at = bytes->data;

    while ((at = memmem(at, bytes->size - (size_t)(at - bytes->data), from, length)))
        memcpy(at, to, length);
}

/* Programs and maps that nothing pins live as long as somebody's fd. */
FIXTURE_UNUSED static void expect_nothing_stays(const struct lab *lab)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    char target[64];

    assert_int_equal(access(lab->bpf_dir, F_OK), -1);
    while ((entry = readdir(dir))) {
        ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

        target[length < 0 ? 0 : length] = '\0';
        assert_null(strstr(target, "bpf"));
    }
    closedir(dir);
}

FIXTURE_UNUSED static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

FIXTURE_UNUSED static void expect_up(struct lab *lab, const struct programs_source *source)
{
    if (programs_up(lab, source) < 0)
        fail_msg("not up: %s", fixture.errors);
}

/* Fails with `code` and one sentence with both texts in it. */
FIXTURE_UNUSED static void expect_refused(struct lab *lab, int code, const char *a, const char *b)
{
    fixture.errors[0] = '\0';
    if (fixture_programs(lab, fixture.objects) != code || count_lines(fixture.errors) != 1 ||
        !strstr(fixture.errors, a) || !strstr(fixture.errors, b))
        fail_msg("expected one sentence with '%s' and '%s', got: %s", a, b, fixture.errors);
    expect_nothing_stays(lab);
}
