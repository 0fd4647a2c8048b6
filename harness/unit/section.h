/* SPDX-License-Identifier: Apache-2.0 */
/* What a section's name says of the program in it. */
#pragma once

#include <bpf/libbpf.h>
#include <stdbool.h>

enum unit_phase {
    PHASE_PKTGEN,
    PHASE_MIDDLE, /* setup or jump */
    PHASE_CHECK,
    PHASES,
};

struct unit_section {
    char type[64]; /* what stands in front of "/test/" */
    char test[128];
    enum unit_phase phase;
    bool jump;
};

/* 1 for a test's section, 0 for another one; -EINVAL for one that is meant as a test's and has no
 * known phase, with *out filled as far as it can be. */
int unit_section_read(const char *section, struct unit_section *out);

/* The type that libbpf gives to programs in a section of that name, or in one that begins so
 * ("tc/entry", "xdp_auth"). -ESRCH when there is none. */
int unit_section_type(const char *section, enum bpf_prog_type *type, enum bpf_attach_type *attach);
