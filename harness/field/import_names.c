// SPDX-License-Identifier: Apache-2.0
#include "field/import_names.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

/* Room for "-NNNNN" behind a name. */
#define NAMES_STEM_MAX (TOPOLOGY_NAME_MAX - 6)

struct import_names {
    json_t *taken; /* name → how often it was asked for */
};

int import_names_new(struct import_names **out)
{
    struct import_names *names = calloc(1, sizeof(*names));

    if (names)
        names->taken = json_object();
    if (!names || !names->taken) {
        free(names);
        return err_r(ENOMEM, "cannot import");
    }
    *out = names;
    return 0;
}

void import_names_free(struct import_names **names)
{
    if (*names)
        json_decref((*names)->taken);
    free(TAKE_PTR(*names));
}

static void names_stem(const char *prefix, const char *text, char out[TOPOLOGY_NAME_MAX + 1])
{
    size_t n = (size_t)snprintf(out, NAMES_STEM_MAX + 1, "%s", prefix);

    for (; *text && n < NAMES_STEM_MAX; text++) {
        int c = tolower((unsigned char)*text);

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = (char)c;
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        n--;
    out[n] = '\0';
    if (n == 0)
        strcpy(out, "unnamed");
}

void import_names_make(struct import_names *names, const char *prefix, const char *text,
                       char out[TOPOLOGY_NAME_MAX + 1])
{
    char stem[TOPOLOGY_NAME_MAX + 1];
    json_int_t n;

    names_stem(prefix, text, stem);
    snprintf(out, TOPOLOGY_NAME_MAX + 1, "%s", stem);
    n = json_integer_value(json_object_get(names->taken, stem));
    while (json_object_get(names->taken, out))
        snprintf(out, TOPOLOGY_NAME_MAX + 1, "%.*s-%u", NAMES_STEM_MAX, stem, (uint16_t)++n);
    json_object_set_new(names->taken, stem, json_integer(n ? n : 1));
    json_object_set_new(names->taken, out, json_integer(1));
}

void import_names_drop(struct import_names *names, const char *name)
{
    json_object_del(names->taken, name);
}
