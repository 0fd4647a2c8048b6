// SPDX-License-Identifier: Apache-2.0
#include "topology/build.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"

/* Names that a sentence lists before it says how many more there are. */
#define BUILD_LIST_MAX 12

size_t build_n_owners(const struct topology *t)
{
    return t->n_nodes + t->n_pods + t->n_services;
}

struct build_owner build_owner(const struct topology *t, size_t position)
{
    size_t i = position;

    if (i < t->n_nodes)
        return (struct build_owner){BUILD_NODE, i, t->nodes[i].name, t->nodes[i].v4, t->nodes[i].v6,
                                    NULL,       0};
    i -= t->n_nodes;
    if (i < t->n_pods)
        return (struct build_owner){
            BUILD_POD,        i, t->pods[i].name, t->pods[i].v4, t->pods[i].v6, t->pods[i].more,
            t->pods[i].n_more};
    i -= t->n_pods;
    return (struct build_owner){BUILD_SERVICE,        i,
                                t->services[i].name,  t->services[i].v4,
                                t->services[i].v6,    t->services[i].more,
                                t->services[i].n_more};
}

const char *build_kind_name(enum build_kind kind)
{
    static const char *const names[] = {"node", "pod", "service"};

    return names[kind];
}

char *build_list(const struct topology *t, size_t from, size_t n)
{
    size_t shown = n <= BUILD_LIST_MAX ? n : BUILD_LIST_MAX, size;
    char *text = NULL;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        return NULL;
    for (size_t i = 0; i < shown; i++)
        fprintf(f, "%s%s", i ? ", " : "", build_owner(t, from + i).name);
    if (n == 0)
        fputs("none", f);
    if (shown < n)
        fprintf(f, " and %zu more", n - shown);
    if (fclose(f) != 0)
        free(TAKE_PTR(text));
    return text;
}

struct build_place build_at(const struct build_owner *owner, const char *member)
{
    static const char *const lists[] = {"nodes", "pods", "services"};

    return (struct build_place){lists[owner->kind], owner->index, member, NULL, 0};
}

size_t build_line(const struct build *b, struct build_place at)
{
    if (at.inner)
        return document_line(b->document, "%s/%zu/%s/%zu/%s", at.list, at.index, at.inner,
                             at.inner_index, at.member);
    return document_line(b->document, "%s/%zu/%s", at.list, at.index, at.member);
}

int build_error(const struct build *b, struct build_place at, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = document_error_v(b->document, build_line(b, at), fmt, ap);
    va_end(ap);
    return r;
}
