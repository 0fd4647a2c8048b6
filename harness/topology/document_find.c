// SPDX-License-Identifier: Apache-2.0
/* Finding a line in a document, and saying what is wrong with it. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "topology/document.h"

/* The child of `node` that a part of a path names; DOCUMENT_NONE when there is none. */
static document_id document_child(const struct document *d, document_id node, const char *part)
{
    const struct document_node *nodes = d->nodes;
    document_id child = nodes[node].child;

    if (nodes[node].kind == DOCUMENT_SEQUENCE) {
        for (unsigned long i = strtoul(part, NULL, 10); i > 0 && child != DOCUMENT_NONE; i--)
            child = nodes[child].next;
        return child;
    }
    while (child != DOCUMENT_NONE && nodes[child].next != DOCUMENT_NONE) {
        document_id value = nodes[child].next;

        if (strcmp(nodes[child].text, part) == 0)
            return value;
        child = nodes[value].next;
    }
    return DOCUMENT_NONE;
}

/* A list or mapping that stands below its key is said to be on the key's line. */
static size_t document_node_line(const struct document *d, document_id node)
{
    const struct document_node *n = &d->nodes[node];

    return n->kind != DOCUMENT_SCALAR && n->key != DOCUMENT_NONE ? d->nodes[n->key].line : n->line;
}

size_t document_line(const struct document *d, const char *path, ...)
{
    _cleanup_free_ char *text = NULL;
    char *rest = NULL;
    document_id node = 0;
    va_list ap;
    int r;

    va_start(ap, path);
    r = text_format_v(&text, path, ap);
    va_end(ap);
    if (r < 0)
        return 1;
    for (char *part = strtok_r(text, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        document_id child = document_child(d, node, part);

        if (child == DOCUMENT_NONE)
            break;
        node = child;
    }
    return document_node_line(d, node);
}

const char *document_key(const struct document *d, document_id node)
{
    const struct document_node *n = &d->nodes[node];

    if (n->key == DOCUMENT_NONE && n->parent != DOCUMENT_NONE)
        n = &d->nodes[n->parent];
    return n->key == DOCUMENT_NONE ? NULL : d->nodes[n->key].text;
}

int document_error_v(const struct document *d, size_t line, const char *fmt, va_list ap)
{
    _cleanup_free_ char *message = NULL;

    if (text_format_v(&message, fmt, ap) < 0)
        return -ENOMEM;
    return err_say(EINVAL, "%s:%zu: %s", d->name, line, message);
}

int document_error(const struct document *d, size_t line, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = document_error_v(d, line, fmt, ap);
    va_end(ap);
    return r;
}
