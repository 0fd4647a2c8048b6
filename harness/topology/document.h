/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML document as a tree that knows its lines (libyaml). It is made before libcyaml reads the
 * same text, for two reasons: libcyaml does not say the line of a mistake, and checks that come
 * after it need lines as well. What no topology needs is refused here: anchors and aliases, tags,
 * several documents, deep nesting, NUL characters.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"

/* Deepest nesting of lists and mappings; a policy's match needs ten. */
#define DOCUMENT_DEPTH_MAX 10

enum document_kind { DOCUMENT_SCALAR, DOCUMENT_SEQUENCE, DOCUMENT_MAPPING };

/* Index of a node; DOCUMENT_NONE where there is none. */
typedef uint32_t document_id;
#define DOCUMENT_NONE UINT32_MAX

struct document_node {
    enum document_kind kind;
    size_t line;        /* from 1 */
    char *text;         /* of a scalar, else NULL; never holds a NUL before its end */
    document_id parent; /* DOCUMENT_NONE for the root */
    document_id key;    /* the key's node when this is the value of a mapping's pair */
    document_id child;  /* the first; a mapping's are key, value, key, value … */
    document_id next;   /* the next child of the same parent */
};

struct document {
    char *name;                  /* of the file, for messages */
    struct document_node *nodes; /* a parent stands before its children; [0] is the root */
    size_t n_nodes, nodes_room;
    document_id *events; /* the node that each of libyaml's events is about */
    size_t n_events, events_room;
};

/* -EINVAL with FILE:LINE when the text is no YAML document or holds what is refused. */
int document_read(const char *name, const char *text, size_t length, struct document **out);
/* Takes NULL; clears *document. */
void document_free(struct document **document);
#define _cleanup_document_ _cleanup_(document_free)

/* The line of a path such as "pods/2/waypoint/pod" (indexes from 0); where the path ends early, of
 * the last part that is there. */
size_t document_line(const struct document *d, const char *path, ...)
    __attribute__((format(printf, 2, 3)));
/* The key under which the node, or the list that holds it, stands; NULL for the root. */
const char *document_key(const struct document *d, document_id node);

/* Says "FILE:LINE: …" and returns -EINVAL. */
int document_error(const struct document *d, size_t line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int document_error_v(const struct document *d, size_t line, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
