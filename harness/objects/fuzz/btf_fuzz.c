// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a type information: what is sound, libbpf follows to its end, and a part of it can
 * be taken out that is sound again. */
#include <bpf/btf.h>

#include "common/fuzz/fuzz.h"
#include "objects/btf.h"

static void fuzz_reduce(const struct btf *btf)
{
    char *name = (char *)"sock";
    const struct btf_names names = {.names = &name, .n = 1};
    struct btf *reduced = NULL;
    const void *data;
    uint32_t size;

    fuzz_expect(btf_reduce(btf, &names, &reduced) == 0, "a part can be taken out");
    fuzz_expect(btf__type_cnt(reduced) <= btf__type_cnt(btf), "which is no more than the whole");
    data = btf__raw_data(reduced, &size);
    fuzz_expect(data && btf_check(data, size) == 0, "and sound again");
    btf__free(reduced);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct btf *btf;

    fuzz_listen();
    if (btf_check(data, size) < 0)
        return 0;
    btf = btf__new(data, (uint32_t)size);
    fuzz_expect(btf != NULL, "what is sound is read");
    for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
        const struct btf_type *type = btf__type_by_id(btf, id);
        const char *name = btf__name_by_offset(btf, type->name_off);

        fuzz_expect(name && btf_essential_length(name) <= strlen(name), "a name");
        (void)btf__resolve_size(btf, id);
        (void)btf__resolve_type(btf, id);
    }
    fuzz_reduce(btf);
    fuzz_expect(fuzz_messages == 0, "nothing is said");
    btf__free(btf);
    return 0;
}
