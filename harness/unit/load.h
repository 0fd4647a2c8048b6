/* SPDX-License-Identifier: Apache-2.0 */
/* A test object into the kernel. */
#pragma once

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "unit/lines.h"
#include "unit/object.h"

/* What is set before the load: "NAME=VALUE" for global variables, NULL-terminated or NULL. */
struct unit_settings {
    const char *const *globals;
    const char *const *without; /* programs that are left out; NULL-terminated or NULL */
    bool *taken;                /* for each of them: an object had it; NULL where nobody asks */
    const char *kernel_btf;     /* a file with the kernel's types; NULL: libbpf reads them */
};

/*
 * Loads the object: of its tests' programs those of `only` (NULL: of all), of the others those
 * whose type a test has, for a tail call goes to a program of the same type. No map is pinned. The
 * tail-call slots of the contract are filled with the programs of their names.
 */
int unit_load(const struct unit_object *object, const struct unit_test *only,
              const struct unit_settings *settings, struct bpf_object **out, struct strings *why);
