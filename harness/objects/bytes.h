/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of an object file. They are read once: what is judged (objects/judge.h) is what is
 * opened, whatever becomes of the file meanwhile.
 */
#pragma once

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <xxhash.h>

/* An object of a datapath has well below 2 MiB; more than this is not read. */
#define OBJECT_SIZE_MAX (16u * 1024 * 1024)

struct object_bytes {
    char *path;    /* for messages; it need not be a file's */
    uint8_t *data; /* with OBJECT_PADDING zeroes behind it; NULL: it is no file */
    size_t size;
    XXH128_hash_t digest;
    dev_t device; /* which file it is, whatever its name; 0 and 0: it was in memory */
    ino_t inode;
};

/* As many as the header of an ELF. */
#define OBJECT_PADDING 64

/* Reads it. What is no regular file has no data, which is no error. -EFBIG above `limit`, or the
 * errno of reading it, with a sentence. The caller frees *out. */
int object_bytes_read(const char *path, size_t limit, struct object_bytes *out);
/* Of bytes in memory, which are copied; -ENOMEM, with a sentence. */
int object_bytes_copy(const char *path, const void *data, size_t size, struct object_bytes *out);
void object_bytes_free(struct object_bytes *bytes);

/*
 * Opens it by libbpf; `kernel_btf` is a file with the kernel's types, NULL: libbpf reads them. Only
 * bytes that objects_judge() has passed are to be given to it by a process with rights. A negative
 * errno with a sentence; the caller owns *out.
 */
int object_open(const struct object_bytes *bytes, const char *kernel_btf, struct bpf_object **out);
