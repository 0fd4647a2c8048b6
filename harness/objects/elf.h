/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at a file's bytes before libbpf gets them: directories of objects hold files of other
 * machines, cut ones, links in circles. Nothing here trusts a number in the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "objects/bytes.h"

#define ELF_WHY_MAX 128

struct elf_look {
    bool ours;             /* a BPF object in this machine's byte order, with every section in it */
    char why[ELF_WHY_MAX]; /* else what it is instead: "is an ELF for …" */
    bool is_modern;        /* calls a helper that kernels have since 5.13 only */
};

/*
 * What the file is. Other kinds of files are no error; -EBADMSG with a sentence for a BPF object
 * that is cut short or broken.
 */
int elf_look(const struct object_bytes *elf, struct elf_look *out);
/* The contents of the first section of that name, of bytes that elf_look() calls ours; NULL when
 * there is none. They are the bytes' own. */
const uint8_t *elf_section(const struct object_bytes *elf, const char *name, size_t *size);
