/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test object: an ELF file with programs in sections TYPE/test/NAME/PHASE. TYPE is what libbpf
 * calls a section of the program's type ("xdp", "tc", "cgroup_skb/egress"); a test NAME consists of
 * up to three programs, which run in this order:
 *
 *   pktgen           builds the packet
 *   setup or jump    fills maps, then tail-calls what is tested
 *   check            looks at the result
 */
#pragma once

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

#include "unit/image.h"
#include "unit/lines.h"
#include "unit/section.h"

struct unit_test {
    char *name;
    char *program[PHASES]; /* NULL: the test has none */
    bool jump;             /* the middle program's section says jump */
    struct strings wrong;  /* why it cannot be run; none: it can */
};

struct unit_object {
    const char *path; /* borrowed */
    const char *name; /* the file's, within path, and its length without ".o" and ".bpf.o" */
    int name_length;
    struct unit_test *tests; /* by name */
    size_t n_tests;
    struct unit_image image; /* what libbpf is given */
    bool fresh;              /* each test gets maps of its own: a test of the object has a jump */
};

/* Reads the file, without the kernel. A negative errno with the reason in `why`. */
int unit_object_read(const char *path, struct unit_object *out, struct strings *why);
/* The same of an image, which is the object's afterwards. */
int unit_object_read_image(const char *path, struct unit_image *image, struct unit_object *out,
                           struct strings *why);
void unit_object_free(struct unit_object *object);
