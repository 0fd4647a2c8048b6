// SPDX-License-Identifier: Apache-2.0
/* What a confined child says of objects that are not the suite's. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "objects/judge.h"
#include "objects/verifier_log.h"

static struct object_bytes good;

static int read_good(void **state)
{
    char path[PATH_MAX] = "";
    char *slash;

    (void)state;
    if (readlink("/proc/self/exe", path, sizeof(path) - 64) < 0)
        return -1;
    slash = strrchr(path, '/');
    strcpy(slash, "/bpf/lab/connect4.bpf.o");
    programs_log_init();
    return object_bytes_read(path, OBJECT_SIZE_MAX, &good);
}

static int free_good(void **state)
{
    (void)state;
    object_bytes_free(&good);
    return 0;
}

static int judge(const struct object_bytes *files, size_t n, struct elf_look *looks,
                 struct capture *said)
{
    int r;

    capture_start(said);
    r = objects_judge("the objects in 'x'", files, n, true, looks);
    capture_end(said);
    return r;
}

/* -- The tests ------------------------------------------------------------------------------- */

static void objects_pass_and_others_are_named(void **state)
{
    struct object_bytes files[] = {good, {.path = "dir.o"}, {}, good};
    struct elf_look looks[ARRAY_SIZE(files)];
    struct capture said;

    (void)state;
    assert_int_equal(object_bytes_copy("text.o", "hello", 5, &files[2]), 0);
    assert_int_equal(judge(files, ARRAY_SIZE(files), looks, &said), 0);
    assert_int_equal(said.messages, 0);
    assert_true(looks[0].ours && looks[3].ours);
    assert_string_equal(looks[1].why, "is no file");
    assert_string_equal(looks[2].why, "is no ELF object");
    object_bytes_free(&files[2]);
}

static void a_broken_one_is_refused(void **state)
{
    struct object_bytes file = good;
    struct elf_look look;
    struct capture said;

    (void)state;
    file.size /= 2;
    assert_int_equal(judge(&file, 1, &look, &said), -EBADMSG);
    assert_int_equal(said.messages, 1);
    assert_non_null(strstr(said.last, "connect4"));
    assert_non_null(strstr(said.last, "is cut short"));
}

/* What it reads is what has the digest, and not what there was before. */
static void other_bytes_are_not_what_was_judged(void **state)
{
    struct object_bytes file = good;
    struct elf_look look;
    struct capture said;

    (void)state;
    file.digest.low64 ^= 1;
    assert_int_equal(judge(&file, 1, &look, &said), -EBADMSG);
    assert_non_null(strstr(said.last, "is not what was judged"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_pass_and_others_are_named),
        cmocka_unit_test(a_broken_one_is_refused),
        cmocka_unit_test(other_bytes_are_not_what_was_judged),
    };

    return cmocka_run_group_tests(tests, read_good, free_good);
}
