/* SPDX-License-Identifier: Apache-2.0 */
/* Which object of a directory gives which program of the contract. */
#pragma once

#include <bpf/libbpf.h>
#include <stddef.h>

#include "lab/programs_table.h"

struct programs_file {
    char *name; /* within the directory */
    char *path;
    struct bpf_object *object;                        /* opened to look at, never loaded */
    const struct program_row *rows[PROGRAM_ROWS_MAX]; /* what is taken from it */
    size_t n_rows;
};

struct programs_files {
    char *dir;
    struct programs_file *files; /* only those that give a program, by name */
    size_t n_files;
    char *kernel_btf; /* a file with the kernel's types that they need; NULL: libbpf reads all */
};

/*
 * Opens every BPF object of this machine's byte order in the directory, and picks for each program
 * that the contract names and this version attaches the object that it is taken from. Where several
 * have it (builds for older kernels stand beside the others), the one with the most maps in the
 * contract's layout wins, and the first by name among equals. -ENOENT with a sentence when there is
 * no program at all.
 */
int programs_files_read(const char *dir, struct programs_files *out);
/* Takes the file of kernel types away as well. */
void programs_files_free(struct programs_files *files);
/* Writes the kernel's types that the objects need to `path`, for programs_file_open(). Where that
 * cannot be, nothing is written and libbpf looks for itself. */
int programs_files_reduce_btf(struct programs_files *files, const char *path);
/* Opens the file's object anew, to be loaded. The caller owns it. */
int programs_file_open(const struct programs_files *files, const struct programs_file *file,
                       struct bpf_object **out);
