// SPDX-License-Identifier: Apache-2.0
#include "unit/load.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/text.h"
#include "objects/verifier_log.h"
#include "objects/verifier.h"
#include "unit/globals.h"
#include "unit/open.h"
#include "unit/section.h"
#include "unit/slots.h"

/* Kinds of program that one object's tests are made of. */
#define LOAD_TYPES_MAX 16

struct load_types {
    enum bpf_prog_type type[LOAD_TYPES_MAX];
    size_t n;
};

/* ---- which programs ---- */

static bool load_has_type(const struct load_types *types, enum bpf_prog_type type)
{
    for (size_t i = 0; i < types->n; i++)
        if (types->type[i] == type)
            return true;
    return false;
}

static bool load_belongs(const struct unit_test *test, const char *program)
{
    for (size_t i = 0; i < PHASES; i++)
        if (test->program[i] && strcmp(test->program[i], program) == 0)
            return true;
    return false;
}

/* Of which test the program is; NULL for one that is none's or whose test cannot be run. */
static const struct unit_test *load_test_of(const struct unit_object *object, const char *program)
{
    for (size_t i = 0; i < object->n_tests; i++)
        if (!object->tests[i].wrong.n && load_belongs(&object->tests[i], program))
            return &object->tests[i];
    return NULL;
}

static int load_set_type(struct bpf_program *program, const char *section)
{
    enum bpf_attach_type attach;
    enum bpf_prog_type type;
    int r = unit_section_type(section, &type, &attach);

    if (r < 0)
        return r;
    r = bpf_program__set_type(program, type);
    return r < 0 ? r : bpf_program__set_expected_attach_type(program, attach);
}

static int load_choose_tests(const struct unit_object *object, const struct unit_test *only,
                             struct bpf_object *elf, struct load_types *types, struct strings *why)
{
    struct bpf_program *program;

    bpf_object__for_each_program(program, elf)
    {
        const struct unit_test *test = load_test_of(object, bpf_program__name(program));
        struct unit_section parts;
        int kind = unit_section_read(bpf_program__section_name(program), &parts);

        if (kind == 0)
            continue;
        bpf_program__set_autoload(program, test && (!only || test == only));
        if (!bpf_program__autoload(program))
            continue;
        if (load_set_type(program, parts.type) < 0)
            return lines_say(why, -EINVAL, "section '%s': there are no programs of type '%s'",
                             bpf_program__section_name(program), parts.type);
        if (!load_has_type(types, bpf_program__type(program)) && types->n < LOAD_TYPES_MAX)
            types->type[types->n++] = bpf_program__type(program);
    }
    return 0;
}

static bool load_is_out(const struct unit_settings *settings, const char *program)
{
    for (const char *const *w = settings->without; w && *w; w++)
        if (strcmp(*w, program) == 0)
            return true;
    return false;
}

static void load_choose_others(struct bpf_object *elf, const struct load_types *types,
                               const struct unit_settings *settings)
{
    struct bpf_program *program;

    bpf_object__for_each_program(program, elf)
    {
        const char *section = bpf_program__section_name(program);
        struct unit_section parts;

        if (unit_section_read(section, &parts) != 0)
            continue;
        if (bpf_program__type(program) == BPF_PROG_TYPE_UNSPEC)
            load_set_type(program, section);
        bpf_program__set_autoload(program, load_has_type(types, bpf_program__type(program)) &&
                                               !load_is_out(settings, bpf_program__name(program)));
    }
}

/* ---- the load ---- */

static int load_unpin(struct bpf_object *elf)
{
    struct bpf_map *map;
    int r = 0;

    bpf_object__for_each_map(map, elf)
    {
        if (bpf_map__pin_path(map))
            r = bpf_map__set_pin_path(map, NULL);
        if (r < 0)
            return r;
    }
    return 0;
}

static const struct verifier_log *load_said(const struct verifier_logs *logs, char **said)
{
    for (size_t i = 0; i < logs->n_logs; i++) {
        *said = verifier_explain(logs->logs[i].text);
        if (*said && **said)
            return &logs->logs[i];
        free(*said);
        *said = NULL;
    }
    return NULL;
}

static int load_refused(const struct verifier_logs *logs, int code, const struct strings *warnings,
                        struct strings *why)
{
    _cleanup_free_ char *said = NULL;
    const struct verifier_log *log = load_said(logs, &said);
    int lacks = verifier_shortage(log, code);

    if (lacks < 0)
        lines_say_shortage(why, lacks, "cannot be loaded: %s", strerror(-lacks));
    else if (log)
        lines_say(why, 0, "the verifier refuses %s: %s", bpf_program__name(log->program), said);
    else
        lines_say(why, 0, "cannot be loaded: %s", strerror(-code));
    for (size_t i = 0; !log && i < warnings->n; i++)
        lines_say(why, 0, "%s", warnings->items[i]);
    return code;
}

/* Not every object has every variable. */
static int load_set_globals(const struct unit_settings *settings, struct bpf_object *elf,
                            struct strings *why)
{
    for (size_t i = 0; settings->globals && settings->globals[i]; i++) {
        int r = unit_globals_set(elf, settings->globals[i], why);

        if (r < 0 && r != -ENOENT)
            return r;
        if (r == 0 && settings->taken)
            settings->taken[i] = true;
    }
    return 0;
}

static int load_prepare(const struct unit_object *object, const struct unit_test *only,
                        const struct unit_settings *settings, struct bpf_object *elf,
                        struct strings *why)
{
    struct load_types types = {};
    int r = load_choose_tests(object, only, elf, &types, why);

    if (r < 0)
        return r;
    load_choose_others(elf, &types, settings);
    r = load_set_globals(settings, elf, why);
    if (r < 0)
        return r;
    return load_unpin(elf) < 0 ? lines_say(why, -EINVAL, "cannot unpin its maps") : 0;
}

/* What libbpf warns of while it loads: the last thing that it says is only that it failed. */
static __thread struct strings *load_warnings;

static int load_print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
    _cleanup_free_ char *message = NULL;

    if (level != LIBBPF_WARN)
        return 0;
    if (text_format_v(&message, fmt, ap) < 0)
        return -ENOMEM;
    programs_log_look(message);
    /* The rest are the logs of the verifier and of BTF. */
    if (!strchr(message, '\n') || strchr(message, '\n')[1] == '\0')
        lines_say(load_warnings, 0, "%s", message);
    return 0;
}

/* Memory is set aside for what the verifier may say, and used only for a program that it refuses.
 */
static int load_into_kernel(struct bpf_object *elf, struct strings *why)
{
    _cleanup_(verifier_logs_free) struct verifier_logs logs = {};
    _cleanup_strings_ struct strings warnings = {};
    struct bpf_program *program;
    libbpf_print_fn_t print;
    int r = verifier_logs_new(elf, &logs);

    if (r < 0)
        return lines_say(why, r, "cannot be loaded: %s", strerror(-r));
    load_warnings = &warnings;
    print = libbpf_set_print(load_print);
    r = bpf_object__load(elf);
    libbpf_set_print(print);
    if (r < 0)
        return load_refused(&logs, r, &warnings, why);
    bpf_object__for_each_program(program, elf) bpf_program__set_log_buf(program, NULL, 0);
    return 0;
}

int unit_load(const struct unit_object *object, const struct unit_test *only,
              const struct unit_settings *settings, struct bpf_object **out, struct strings *why)
{
    _cleanup_(unit_close) struct bpf_object *elf = NULL;
    int r = unit_open(object->path, object->image.data, object->image.size, settings->kernel_btf,
                      &elf, why);

    if (r < 0)
        return r;
    r = load_prepare(object, only, settings, elf, why);
    if (r < 0)
        return r;
    r = load_into_kernel(elf, why);
    if (r < 0)
        return r;
    r = unit_slots_fill(elf, why);
    if (r < 0)
        return r;
    *out = TAKE_PTR(elf);
    return 0;
}
