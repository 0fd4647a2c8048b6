/* SPDX-License-Identifier: Apache-2.0 */
/* The object files that a lab takes its programs from, and which program is taken from which. */
#pragma once

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

#include "objects/bytes.h"
#include "objects/refused.h"
#include "objects/table.h"

/* What the verifier says of a program that it took, where that was asked for. */
struct program_facts {
    char stack[64]; /* bytes, of the program and its functions: "120+16"; "" where it is not said */
    unsigned int total_states, peak_states;
    long time_us;
};

struct programs_file {
    char *name; /* within the directory */
    struct object_bytes bytes;
    bool own;                                         /* one of the suite's, not of the directory */
    bool is_modern;                                   /* needs a kernel of 5.13 or later */
    struct bpf_object *object;                        /* opened to look at, never loaded */
    const struct program_row *rows[PROGRAM_ROWS_MAX]; /* what is taken from it */
    struct program_facts facts[PROGRAM_ROWS_MAX];     /* of the rows; once they are loaded */
    size_t n_rows;
};

struct programs_passed {
    char *name;
    char *why; /* "is an ELF for x86-64, not for BPF" */
};

struct programs_files {
    char *dir;
    struct programs_file *files; /* only those that give a program, by name; the suite's last */
    size_t n_files;
    struct programs_passed *passed; /* the directory's other *.o, and why they were passed over */
    size_t n_passed;
    char *kernel_btf; /* a file with the kernel's types that they need; NULL: libbpf reads all */
    bool statistics;  /* ask the verifier for program_facts */
    /* What the kernel refuses is left out and noted here; NULL: it ends the loading. Not owned. */
    struct programs_refused *refused;
};

/* The file that the program is taken from; NULL when there is none. */
const struct programs_file *programs_files_of(const struct programs_files *files,
                                              const struct program_row *row);
bool programs_file_has(const struct programs_file *file, const struct program_row *row);
