/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are BPF objects that libbpf can be given, said by a child without rights. */
#pragma once

#include <stdbool.h>

#include "objects/bytes.h"
#include "objects/elf.h"

/*
 * A look at each of `n` files, in looks[n]. Where `strangers`, it and libbpf's own reading happen
 * in a confined child (confine/confine.h), whose word holds for the bytes of the same digest only;
 * the suite's own objects are looked at here. A negative errno with a sentence for the first that
 * cannot be an object and pretends to be one; `what` names all of them in other messages.
 */
int objects_judge(const char *what, const struct object_bytes *files, size_t n, bool strangers,
                  struct elf_look *looks);
