/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who knows whom among the files of the tree: what each includes, and whose functions and variables
 * it uses, as the symbols of the built objects have it.
 */
#pragma once

#include <jansson.h>

#include "check/tree.h"

struct house {
    struct tree tree;
    json_t *owners; /* {SYMBOL: path of the file that defines it, …} */
    json_t *uses;   /* {path: [SYMBOL that the file takes from another, …], …} */
    json_t *apart;  /* {path of a header that is a unit of its own: true, …} */
    json_t *absent; /* [path of a file of a room that has not been built, …] */
};

/* Reads what is below `root`; the object of harness/ROOM/NAME.c is BUILD/obj/harness/ROOM/NAME.o.
 * An error was said. */
int house_read(const char *root, const char *build, struct house *out);
void house_free(struct house *house);

typedef int (*use_fn)(void *data, const struct source *user, const char *symbol,
                      const struct source *owner);
/* Calls `fn` for every symbol that a file takes from another. */
int house_uses(const struct house *house, use_fn fn, void *data);

/*
 * The graph of the units (graph.h). A unit is a .c with the .h of its name, called "net/link"; a
 * header whose functions stand in several .c files, or in none of its name, is one by itself
 * ("agent/flow.h"): those who include it depend on its declarations, and on the files only that
 * they call. Reasons are `includes "net/link.h"` and `uses net_link_veth`. The caller owns *out.
 */
int house_graph(const struct house *house, json_t **out);
