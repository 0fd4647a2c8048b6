/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the kernel's type information that objects are relocated against. libbpf reads all of
 * it (5 MB, about 7 ms) for every object of every node; read once and reduced to the types that the
 * objects name it takes microseconds.
 */
#pragma once

#include <bpf/btf.h>
#include <stddef.h>

#include "objects/bytes.h"

/* Names of kernel types, without the `___flavour` that local ones may have. */
struct btf_names {
    char **names;
    size_t n;
};

void btf_names_free(struct btf_names *names);
/*
 * Adds the kernel types that the object's relocations begin at. -EOPNOTSUPP, and nothing said, when
 * it has one that a part of the type information cannot answer (a type's number in the kernel, the
 * match of whole types): then everything has to be read.
 */
int btf_names_add(struct btf_names *names, const struct object_bytes *object);

/* -EBADMSG, and nothing said, for a type information that libbpf must not be given. */
int btf_check(const void *data, size_t size);

/* How much of a type's name counts: `sock___old` is `sock`. */
size_t btf_essential_length(const char *name);

/* A type information of its own with every type of these names in `kernel`, and what they are made
 * of by value; pointers lead to void. The caller owns it. */
int btf_reduce(const struct btf *kernel, const struct btf_names *names, struct btf **out);
