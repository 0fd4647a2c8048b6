/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object file in memory, with what other loaders take and libbpf refuses put right: programs
 * that are static functions, and ways of pinning maps that libbpf does not know. Neither matters
 * here: programs are found by their sections, and nothing is pinned.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct unit_image {
    uint8_t *data;
    size_t size;
};

/* A negative errno. What the file is, is not looked at: others say it better. */
int unit_image_read(const char *path, struct unit_image *out);
void unit_image_free(struct unit_image *image);
