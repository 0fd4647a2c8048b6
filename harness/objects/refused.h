/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that the kernel did not take, in a lab that goes on without them. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct program_refusal {
    char *name;  /* NULL: it is not known which program of the object it was */
    char *file;  /* the object's, within its directory */
    char *error; /* a sentence, with what belongs to it on lines of their own */
    char *log;   /* the file with all that the verifier said; NULL: it said nothing */
};

/* A map that is not as the contract, or another object, has it. The kernel gets no such map. */
struct programs_wrong_map {
    char *name; /* the contract's */
    char *text; /* how it differs */
};

struct programs_refused {
    struct program_refusal *refusals;
    size_t n;
    struct programs_wrong_map *maps;
    size_t n_maps;
};

void program_refusal_free(struct program_refusal *refusal);
void programs_refused_free(struct programs_refused *refused);
/* `refused` may be NULL: then nothing is. */
bool programs_refused_has(const struct programs_refused *refused, const char *name);
/* Adds a copy of the refusal, under the name. 0 or -ENOMEM. */
int programs_refused_add(struct programs_refused *refused, const char *name,
                         const struct program_refusal *refusal);
/* Adds copies of a map's name and of how it differs. 0 or -ENOMEM. */
int programs_refused_add_map(struct programs_refused *refused, const char *name, const char *text);
/* Where a program was refused for want of such a map, *error becomes the difference. 0 or -ENOMEM.
 */
int programs_refused_explain(const struct programs_refused *refused, char **error);
/* [{"name", "file", "error", "log"?}, …] */
int programs_refused_json(const struct programs_refused *refused, json_t **out);
