/* SPDX-License-Identifier: Apache-2.0 */
/* The objects next to the contract, before anything is loaded. */
#pragma once

#include "objects/files.h"

struct programs_difference {
    const char *kind; /* "program", "map" or "slot" */
    const char *name; /* the contract's name of the program or the map */
    const char *file; /* the object with what is wrong; NULL where nothing is */
    const char *text; /* the whole sentence */
    bool fatal;       /* no lab can be built of these objects */
};

/* A negative return ends the walk and is returned. */
typedef int (*programs_check_fn)(void *data, const struct programs_difference *difference);

/*
 * Hands over each difference: programs that are missing or of another type, maps that are missing,
 * of another type or other sizes, or not the same in all objects, and tail-call slots that no
 * program is there for. Numbers of entries are no difference.
 */
int programs_check(const struct programs_files *files, programs_check_fn fn, void *data);

/* False for a map of the contract's whose type and sizes no layout has. */
bool programs_map_is_known(const struct bpf_map *map);

/* The first file with the map of that name, and the map; NULL when no file has it. `name` is the
 * contract's, whatever the object says. */
struct bpf_map *programs_files_map(const struct programs_files *files, const char *name,
                                   const struct programs_file **file);
