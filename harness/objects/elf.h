/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at a file before libbpf gets it: directories of objects hold files of other machines, cut
 * ones, links in circles. Nothing here trusts a number in the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An object of a datapath has well below 2 MiB; more than this is not read. */
#define ELF_LOOK_MAX (16u * 1024 * 1024)
#define ELF_WHY_MAX  128

struct elf_look {
    bool ours;             /* a BPF object in this machine's byte order, with every section in it */
    char why[ELF_WHY_MAX]; /* else what it is instead: "is an ELF for …" */
    bool is_modern;        /* calls a helper that kernels have since 5.13 only */
    dev_t device;
    ino_t inode;
};

/*
 * What the file is. Other kinds of files are no error; a negative errno with a sentence for one
 * that cannot be read, is larger than ELF_LOOK_MAX, or is a BPF object that is cut short or broken.
 */
int elf_look(const char *path, struct elf_look *out);
