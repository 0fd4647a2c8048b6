/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs' global variables of a bundle (node.json: {"settings": {name: number, address or
 * null}}), in the text form that a lab takes (lab/settings.h).
 */
#pragma once

#include <stdio.h>

#include "bundle/bundle.h"
#include "common/address.h"
#include "lab/settings.h"
#include "topology/print.h"

/* The contract names six. */
#define FIELD_SETTINGS_MAX 16

/* `list` points into `texts` and into the bundle. */
struct field_settings {
    struct setting list[FIELD_SETTINGS_MAX];
    char texts[FIELD_SETTINGS_MAX][ADDRESS_TEXT_MAX];
    size_t n;
};

/* Those that the contract names; others are said to be left. -EINVAL with a sentence for a value
 * that none can have. */
int field_settings_read(const struct bundle *bundle, struct field_settings *out);
/* As a topology has them, without those that are what the contract says they are from the start. */
void field_settings_print(struct topology_printer *printer, const struct field_settings *settings);
