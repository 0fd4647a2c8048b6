/* SPDX-License-Identifier: Apache-2.0 */
/* Which object of a directory gives which program of the contract. */
#pragma once

#include <bpf/libbpf.h>

#include "objects/file.h"
#include "objects/source.h"

/*
 * Opens every BPF object of this machine's byte order in the directory, and picks for each program
 * that the contract names and this version attaches (source->all: each that it names) the object
 * that it is taken from. Where a normal and a compat object have it, the variant decides
 * (objects/choose.h); two objects of one variant are -EEXIST with a sentence that names both.
 * -ENOENT with a sentence when there is no program at all.
 */
int programs_files_read(const struct programs_source *source, struct programs_files *out);
void programs_files_free(struct programs_files *files);
/* Says which programs the lab will run without. */
void programs_files_warn(const struct programs_files *files);
/*
 * Sees to it that there is a file with the kernel's types that the objects need, for
 * programs_file_open(). It stays in `dir`, by a name that tells which types of which kernel are in
 * it: reading all of the kernel's is a quarter of what a lab costs. Where there can be none, libbpf
 * looks for itself.
 */
int programs_files_reduce_btf(struct programs_files *files, const char *dir);
/* Opens the file's object anew, to be loaded. The caller owns it. */
int programs_file_open(const struct programs_files *files, const struct programs_file *file,
                       struct bpf_object **out);
