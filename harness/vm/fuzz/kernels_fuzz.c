// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a kernels.yaml: refused with one line that begins with the file, or a list whose
 * entries are as vm/kernels.h says. */
#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "vm/kernels.h"

static bool fuzz_is_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (*c == '/' || *c == ' ')
            return false;
    return *name && *name != '.' && *name != '-' && fuzz_is_line(name);
}

static void fuzz_strings(const json_t *list)
{
    const json_t *item;
    size_t i;

    fuzz_expect(json_is_array(list), "a list");
    json_array_foreach (list, i, item)
        fuzz_expect(json_string_length(item) > 0, "of names");
}

static void fuzz_kernel(const json_t *kernel)
{
    static const char *const sources[] = {"package", "image", "host"};
    json_int_t memory = json_integer_value(json_object_get(kernel, "memory"));
    const char *name = json_string_value(json_object_get(kernel, "name"));
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
        n += json_object_get(kernel, sources[i]) != NULL;
    fuzz_expect(n == 1, "one source");
    fuzz_expect(name && fuzz_is_name(name), "a name that is a directory's, too");
    fuzz_expect(memory >= KERNELS_MEMORY_MIN && memory <= KERNELS_MEMORY_MAX, "its memory");
    fuzz_strings(json_object_get(kernel, "load"));
    fuzz_strings(json_object_get(kernel, "missing"));
}

static bool fuzz_is_twice(const json_t *kernels, size_t at)
{
    const json_t *name = json_object_get(json_array_get(kernels, at), "name");

    for (size_t i = 0; i < at; i++)
        if (json_equal(name, json_object_get(json_array_get(kernels, i), "name")))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_json_ json_t *kernels = NULL;
    const json_t *kernel;
    size_t i;
    int r;

    fuzz_listen();
    r = kernels_read_text("f", (const char *)data, size, &kernels);
    fuzz_expect_said(r);
    fuzz_expect(r == 0 || strncmp(fuzz_last, "f:", 2) == 0, "a message begins with the file");
    fuzz_expect((kernels == NULL) == (r < 0), "a list, or a refusal");
    json_array_foreach (kernels, i, kernel) {
        fuzz_kernel(kernel);
        fuzz_expect(!fuzz_is_twice(kernels, i), "a name is its kernel's own");
    }
    return 0;
}
