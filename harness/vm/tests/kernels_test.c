// SPDX-License-Identifier: Apache-2.0
/* kernels.yaml: what it says, and each mistake with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "vm/kernels.h"

static int kernels_of(const char *text, json_t **out)
{
    return kernels_read_text("k.yaml", text, strlen(text), out);
}

static void test_all_fields(void **state)
{
    _cleanup_json_ json_t *kernels = NULL, *expected = NULL;

    (void)state;
    assert_int_equal(kernels_of("kernels:\n"
                                "  - name: \"6.1\"\n"
                                "    package: linux-image-cloud-amd64\n"
                                "  - name: mine\n"
                                "    image: /boot/vmlinuz\n"
                                "    modules: /lib/modules/mine\n"
                                "    memory: 2048\n"
                                "    load: [dummy]\n"
                                "    missing: [io_uring, zerocopy]\n"
                                "  - name: host\n"
                                "    host: \"true\"\n",
                                &kernels),
                     0);
    expected = json_pack("[{s:s, s:s, s:i, s:[], s:[]}, {s:s, s:s, s:s, s:i, s:[s], s:[s, s]}, "
                         "{s:s, s:b, s:i, s:[], s:[]}]",
                         "name", "6.1", "package", "linux-image-cloud-amd64", "memory",
                         KERNELS_MEMORY, "load", "missing", "name", "mine", "image",
                         "/boot/vmlinuz", "modules", "/lib/modules/mine", "memory", 2048, "load",
                         "dummy", "missing", "io_uring", "zerocopy", "name", "host", "host", true,
                         "memory", KERNELS_MEMORY, "load", "missing");
    assert_non_null(expected);
    assert_true(json_equal(kernels, expected));
}

struct kernels_mistake_case {
    const char *text, *said;
};

static void kernels_be_silent(enum log_level level, const char *message, void *data)
{
    (void)level;
    (void)message;
    (void)data;
}

static void test_mistakes(void **state)
{
    static const struct kernels_mistake_case cases[] = {
        {"- a\n", "k.yaml:1: the file must be a mapping with one key, 'kernels'"},
        {"kernel: []\n", "k.yaml:1: the file must be a mapping with one key, 'kernels'"},
        {"kernels: []\nmore: 1\n", "k.yaml:1: the file must be a mapping with one key, 'kernels'"},
        {"kernels: yes\n", "k.yaml:1: kernels must be a list, not 'yes'"},
        {"kernels:\n  - a\n", "k.yaml:2: kernels must be a list of mappings, not 'a'"},
        {"kernels:\n  - host: \"true\"\n", "k.yaml:2: a kernel needs a name"},
        {"kernels:\n  - name: ../a\n    host: \"true\"\n",
         "k.yaml:2: a kernel's name has letters, digits and . + _ - only"},
        {"kernels:\n  - name: a\n", "k.yaml:2: kernel 'a' needs one of package, image and host"},
        {"kernels:\n  - name: a\n    package: p\n    image: i\n",
         "k.yaml:2: kernel 'a' needs one of package, image and host"},
        {"kernels:\n  - name: a\n    package: p\n    modules: m\n",
         "k.yaml:2: kernel 'a': modules go with an image"},
        {"kernels:\n  - name: a\n    memory: 1 GiB\n",
         "k.yaml:3: memory must be a number of MiB, not '1 GiB'"},
        {"kernels:\n  - name: a\n    memory: 99999999999999999999\n",
         "k.yaml:3: memory must be from 256 to 65536 MiB, not '99999999999999999999'"},
        {"kernels:\n  - name: a\n    missing: btf\n",
         "k.yaml:3: missing must be a list, not 'btf'"},
        {"kernels:\n  - name: a\n    host: maybe\n", "k.yaml:3: host must be true, not 'maybe'"},
        {"kernels:\n  - name: a\n    colour: red\n",
         "k.yaml:3: a kernel has name, package, image, host, modules, memory, load and missing, no "
         "'colour'"},
        /* What a terminal would act on. */
        {"kernels:\n  - name: a\n    \"\\e[31m\\n\": red\n",
         "k.yaml:3: a kernel has name, package, image, host, modules, memory, load and missing, no "
         "'?[31m?'"},
        {"kernels:\n  - name: a\n    host: \"true\"\n  - name: a\n    package: p\n",
         "k.yaml:4: there is a kernel of that name already"},
    };

    (void)state;
    log_set_sink(kernels_be_silent, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *kernels = NULL;

        assert_int_equal(kernels_of(cases[i].text, &kernels), -EINVAL);
        assert_null(kernels);
        assert_string_equal(log_last_error(), cases[i].said);
    }
    log_set_sink(NULL, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fields),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
