// SPDX-License-Identifier: Apache-2.0
/* Any bytes as an object: refused with one line, passed over with a reason, or fit for libbpf; then
 * its names, maps, relocations and unit tests are read. Nothing is loaded. */
#include <bpf/libbpf.h>

#include "common/fuzz/fuzz.h"
#include "objects/btf.h"
#include "objects/elf.h"
#include "objects/verifier_log.h"
#include "unit/object.h"

static void fuzz_names(const char *path)
{
    struct btf_names names = {};

    (void)btf_names_add(&names, path);
    for (size_t i = 0; i < names.n; i++)
        fuzz_expect(*names.names[i] != '\0', "a type has a name");
    btf_names_free(&names);
}

static void fuzz_open(const char *path)
{
    struct bpf_object *object = bpf_object__open_file(path, NULL);
    struct bpf_program *program;
    struct bpf_map *map;

    if (!object)
        return;
    bpf_object__for_each_map(map, object)
        fuzz_expect(bpf_map__name(map) != NULL, "a map has a name");
    bpf_object__for_each_program(program, object)
        fuzz_expect(bpf_program__section_name(program) != NULL, "a program has a section");
    bpf_object__close(object);
}

static void fuzz_unit(const char *path)
{
    struct unit_object object = {};
    struct strings why = {};
    int r = unit_object_read(path, &object, &why);

    fuzz_expect((why.n > 0) == (r < 0), "a reason, and only of a refusal");
    for (size_t i = 0; i < why.n; i++)
        fuzz_expect(fuzz_is_line(why.items[i]), "a reason is one line");
    unit_object_free(&object);
    strings_clear(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file(data, size);
    struct elf_look look;
    int r;

    fuzz_listen();
    r = elf_look(path, &look);
    fuzz_expect_said(r);
    if (r < 0)
        return 0;
    fuzz_expect(look.ours == (*look.why == '\0'), "a reason, or it is ours");
    if (!look.ours)
        return 0;
    libbpf_set_print(NULL);
    fuzz_names(path);
    fuzz_open(path);
    fuzz_unit(path);
    return 0;
}
