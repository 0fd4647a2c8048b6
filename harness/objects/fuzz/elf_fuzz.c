// SPDX-License-Identifier: Apache-2.0
/* Any bytes as an object: refused with one line, passed over with a reason, or fit for libbpf; then
 * its names, maps, relocations and unit tests are read. Nothing is loaded. */
#include <bpf/libbpf.h>

#include "common/cleanup.h"
#include "common/fuzz/fuzz.h"
#include "objects/btf.h"
#include "objects/elf.h"
#include "objects/verifier_log.h"
#include "unit/object.h"

static void fuzz_names(const struct object_bytes *bytes)
{
    struct btf_names names = {};

    (void)btf_names_add(&names, bytes);
    for (size_t i = 0; i < names.n; i++)
        fuzz_expect(*names.names[i] != '\0', "a type has a name");
    btf_names_free(&names);
}

static void fuzz_open(const struct object_bytes *bytes)
{
    struct bpf_object *object = bpf_object__open_mem(bytes->data, bytes->size, NULL);
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

static void fuzz_unit(const struct object_bytes *bytes)
{
    struct unit_object object = {};
    struct unit_image image = {};
    struct strings why = {};
    int r = unit_image_make(bytes, &image);

    if (r >= 0)
        r = unit_object_read_image("fuzz.o", &image, &object, &why);

    fuzz_expect((why.n > 0) == (r < 0), "a reason, and only of a refusal");
    for (size_t i = 0; i < why.n; i++)
        fuzz_expect(fuzz_is_line(why.items[i]), "a reason is one line");
    unit_object_free(&object);
    strings_clear(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(object_bytes_free) struct object_bytes bytes = {};
    struct elf_look look;
    int r;

    fuzz_listen();
    if (object_bytes_copy("fuzz.o", data, size, &bytes) < 0)
        return 0;
    r = elf_look(&bytes, &look);
    fuzz_expect_said(r);
    if (r < 0)
        return 0;
    fuzz_expect(look.ours == (*look.why == '\0'), "a reason, or it is ours");
    if (!look.ours)
        return 0;
    libbpf_set_print(NULL);
    fuzz_names(&bytes);
    fuzz_open(&bytes);
    fuzz_unit(&bytes);
    return 0;
}
