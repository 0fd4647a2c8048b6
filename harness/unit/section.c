// SPDX-License-Identifier: Apache-2.0
#include "unit/section.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

static int section_phase(const char *text, struct unit_section *out)
{
    static const char *const names[] = {"pktgen", "setup", "jump", "check"};
    static const enum unit_phase phases[] = {PHASE_PKTGEN, PHASE_MIDDLE, PHASE_MIDDLE, PHASE_CHECK};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(text, names[i]) == 0) {
            out->phase = phases[i];
            out->jump = strcmp(text, "jump") == 0;
            return 1;
        }
    return -EINVAL;
}

int unit_section_read(const char *section, struct unit_section *out)
{
    static const char mark[] = "/test/";
    const char *test = strstr(section, mark), *slash;

    *out = (struct unit_section){};
    if (!test || test == section)
        return 0;
    snprintf(out->type, sizeof(out->type), "%.*s", (int)(test - section), section);
    test += sizeof(mark) - 1;
    slash = strrchr(test, '/');
    if (!slash)
        slash = test + strlen(test);
    snprintf(out->test, sizeof(out->test), "%.*s", (int)(slash - test), test);
    if (!*slash || slash == test || (size_t)(slash - test) >= sizeof(out->test))
        return -EINVAL;
    return section_phase(slash + 1, out);
}

int unit_section_type(const char *section, enum bpf_prog_type *type, enum bpf_attach_type *attach)
{
    libbpf_print_fn_t print = libbpf_set_print(NULL);
    char name[128];
    int r;

    snprintf(name, sizeof(name), "%s", section);
    do {
        char *slash = strrchr(name, '/'), *cut = slash ? slash : strrchr(name, '_');

        r = libbpf_prog_type_by_name(name, type, attach);
        if (r < 0 && !cut)
            break;
        if (r < 0)
            *cut = '\0';
    } while (r < 0);
    libbpf_set_print(print);
    return r < 0 ? -ESRCH : 0;
}
