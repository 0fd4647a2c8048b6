// SPDX-License-Identifier: Apache-2.0
#include "unit/object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "objects/elf.h"
#include "unit/open.h"

#define OBJECT_TESTS_MAX 1024

static void object_free_test(struct unit_test *test)
{
    for (size_t i = 0; i < PHASES; i++)
        free(test->program[i]);
    free(test->name);
    strings_clear(&test->wrong);
}

void unit_object_free(struct unit_object *object)
{
    for (size_t i = 0; i < object->n_tests; i++)
        object_free_test(&object->tests[i]);
    free(object->tests);
    unit_image_free(&object->image);
    *object = (struct unit_object){};
}

static struct unit_test *object_find(struct unit_object *object, const char *name)
{
    for (size_t i = 0; i < object->n_tests; i++)
        if (strcmp(object->tests[i].name, name) == 0)
            return &object->tests[i];
    return NULL;
}

static int object_need(struct unit_object *object, const char *name, struct unit_test **out)
{
    struct unit_test *tests;

    *out = object_find(object, name);
    if (*out)
        return 0;
    if (object->n_tests == OBJECT_TESTS_MAX)
        return -E2BIG;
    tests = reallocarray(object->tests, object->n_tests + 1, sizeof(*tests));
    if (!tests)
        return -ENOMEM;
    object->tests = tests;
    tests[object->n_tests] = (struct unit_test){.name = strdup(name)};
    if (!tests[object->n_tests].name)
        return -ENOMEM;
    *out = &tests[object->n_tests++];
    return 0;
}

/* A middle program is a setup or a jump, not both. */
static int object_take(struct unit_object *object, const char *program,
                       const struct unit_section *section)
{
    struct unit_test *test;
    int r = object_need(object, section->test, &test);

    if (r < 0)
        return r;
    if (test->program[section->phase])
        return lines_say(&test->wrong, 0, "%s and %s are both its %s",
                         test->program[section->phase], program,
                         section->phase == PHASE_PKTGEN  ? "pktgen"
                         : section->phase == PHASE_CHECK ? "check"
                                                         : "setup or jump");
    test->program[section->phase] = strdup(program);
    test->jump |= section->jump;
    object->fresh |= section->jump;
    return test->program[section->phase] ? 0 : -ENOMEM;
}

static int object_take_wrong(struct unit_object *object, const char *section, const char *name)
{
    struct unit_test *test;
    int r = object_need(object, *name ? name : section, &test);

    return r < 0
               ? r
               : lines_say(&test->wrong, 0,
                           "section '%s': must be TYPE/test/NAME/ and then pktgen, setup, jump or "
                           "check",
                           section);
}

static int object_check(struct unit_test *test)
{
    if (test->program[PHASE_CHECK] || test->wrong.n)
        return 0;
    return lines_say(&test->wrong, 0, "it has a %s and no check: nothing would look at the result",
                     test->program[PHASE_MIDDLE] ? test->jump ? "jump" : "setup" : "pktgen");
}

static int object_compare(const void *a, const void *b)
{
    return strcmp(((const struct unit_test *)a)->name, ((const struct unit_test *)b)->name);
}

static int object_read_programs(struct bpf_object *elf, struct unit_object *out)
{
    struct bpf_program *program;
    int r = 0;

    bpf_object__for_each_program(program, elf)
    {
        const char *section = bpf_program__section_name(program);
        struct unit_section parts;
        int kind = unit_section_read(section, &parts);

        if (kind > 0)
            r = object_take(out, bpf_program__name(program), &parts);
        else if (kind < 0)
            r = object_take_wrong(out, section, parts.test);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; r == 0 && i < out->n_tests; i++)
        r = object_check(&out->tests[i]);
    if (out->n_tests)
        qsort(out->tests, out->n_tests, sizeof(*out->tests), object_compare);
    return r;
}

static void object_set_name(const char *path, struct unit_object *out)
{
    static const char *const endings[] = {".bpf.o", ".o"};
    const char *slash = strrchr(path, '/');
    size_t length;

    out->path = path;
    out->name = slash ? slash + 1 : path;
    length = strlen(out->name);
    for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
        size_t ending = strlen(endings[i]);

        if (length > ending && strcmp(out->name + length - ending, endings[i]) == 0) {
            length -= ending;
            break;
        }
    }
    out->name_length = (int)length;
}

int unit_object_read_image(const char *path, struct unit_image *image, struct unit_object *out,
                           struct strings *why)
{
    _cleanup_(unit_close) struct bpf_object *elf = NULL;
    int r;

    object_set_name(path, out);
    out->image = *image;
    *image = (struct unit_image){};
    r = unit_open(path, out->image.data, out->image.size, NULL, &elf, why);
    if (r < 0)
        return r;
    r = object_read_programs(elf, out);
    if (r < 0)
        return lines_say(why, r, "cannot read its tests: %s", strerror(-r));
    if (!out->n_tests)
        return lines_say(why, -ENODATA,
                         "no test found: no program is in a section TYPE/test/NAME/check");
    return 0;
}

int unit_object_read(const char *path, struct unit_object *out, struct strings *why)
{
    struct unit_image image = {};
    int r;

    object_set_name(path, out);
    r = unit_image_read(path, &image, why);
    return r < 0 ? r : unit_object_read_image(path, &image, out, why);
}
