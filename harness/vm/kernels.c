// SPDX-License-Identifier: Apache-2.0
#include "vm/kernels.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "topology/document.h"

#define KERNELS_FILE_MAX (256 * 1024)
/* A name is a directory's name, too. */
#define KERNELS_NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+_-"

enum kernels_kind { KERNELS_TEXT, KERNELS_TRUE, KERNELS_NUMBER, KERNELS_LIST };

struct kernels_field {
    const char *key;
    enum kernels_kind kind;
    bool source; /* where the kernel comes from */
};

static const struct kernels_field kernels_fields[] = {
    {"name", KERNELS_TEXT, false},    {"package", KERNELS_TEXT, true},
    {"image", KERNELS_TEXT, true},    {"host", KERNELS_TRUE, true},
    {"modules", KERNELS_TEXT, false}, {"memory", KERNELS_NUMBER, false},
    {"load", KERNELS_LIST, false},    {"missing", KERNELS_LIST, false},
};

static int kernels_mistake(const struct document *d, document_id node, const char *right)
{
    const struct document_node *n = &d->nodes[node];
    const char *key = document_key(d, node);
    char found[TEXT_QUOTE_MAX];

    if (!n->text)
        return document_error(d, n->line, "%s must be %s", key, right);
    return document_error(d, n->line, "%s must be %s, not '%s'", key, right,
                          text_quote(n->text, found));
}

static const struct kernels_field *kernels_find(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(kernels_fields); i++) {
        if (strcmp(kernels_fields[i].key, key) == 0)
            return &kernels_fields[i];
    }
    return NULL;
}

static int kernels_list(const struct document *d, document_id node, json_t **out)
{
    _cleanup_json_ json_t *list = json_array();

    if (d->nodes[node].kind != DOCUMENT_SEQUENCE)
        return kernels_mistake(d, node, "a list");
    for (document_id i = d->nodes[node].child; i != DOCUMENT_NONE; i = d->nodes[i].next) {
        if (!d->nodes[i].text || !*d->nodes[i].text)
            return kernels_mistake(d, i, "a list of names");
        json_array_append_new(list, json_string(d->nodes[i].text));
    }
    *out = TAKE_PTR(list);
    return 0;
}

static int kernels_number(const struct document *d, document_id node, json_t **out)
{
    const char *text = d->nodes[node].text;
    char *end;
    long number;

    if (!text || strspn(text, "0123456789") != strlen(text))
        return kernels_mistake(d, node, "a number of MiB");
    number = strtol(text, &end, 10);
    if (number < KERNELS_MEMORY_MIN || number > KERNELS_MEMORY_MAX)
        return kernels_mistake(d, node, "from 256 to 65536 MiB");
    *out = json_integer(number);
    return 0;
}

static int kernels_value(const struct document *d, const struct kernels_field *field,
                         document_id node, json_t **out)
{
    const char *text = d->nodes[node].text;

    if (field->kind == KERNELS_LIST)
        return kernels_list(d, node, out);
    if (field->kind == KERNELS_NUMBER)
        return kernels_number(d, node, out);
    if (!text || !*text)
        return kernels_mistake(d, node, "a word");
    if (field->kind == KERNELS_TRUE && strcmp(text, "true") != 0)
        return kernels_mistake(d, node, "true");
    *out = field->kind == KERNELS_TRUE ? json_true() : json_string(text);
    return *out ? 0 : kernels_mistake(d, node, "UTF-8");
}

/* What was not said, and what does not go together. */
static int kernels_complete(const struct document *d, size_t line, json_t *kernel)
{
    const char *name = json_string_value(json_object_get(kernel, "name"));
    size_t sources = 0;

    if (!name)
        return document_error(d, line, "a kernel needs a name");
    if (strspn(name, KERNELS_NAME) != strlen(name) || *name == '.' || *name == '-')
        return document_error(d, line, "a kernel's name has letters, digits and . + _ - only");
    for (size_t i = 0; i < ARRAY_SIZE(kernels_fields); i++)
        sources += kernels_fields[i].source && json_object_get(kernel, kernels_fields[i].key);
    if (sources != 1)
        return document_error(d, line, "kernel '%s' needs one of package, image and host", name);
    if (json_object_get(kernel, "modules") && !json_object_get(kernel, "image"))
        return document_error(d, line, "kernel '%s': modules go with an image", name);
    if (!json_object_get(kernel, "memory"))
        json_object_set_new(kernel, "memory", json_integer(KERNELS_MEMORY));
    for (size_t i = 0; i < ARRAY_SIZE(kernels_fields); i++) {
        if (kernels_fields[i].kind == KERNELS_LIST)
            json_object_update_missing_new(kernel, json_pack("{s:[]}", kernels_fields[i].key));
    }
    return 0;
}

static int kernels_one(const struct document *d, document_id node, json_t **out)
{
    _cleanup_json_ json_t *kernel = json_object();
    document_id key = d->nodes[node].child;
    char found[TEXT_QUOTE_MAX];
    int r;

    if (d->nodes[node].kind != DOCUMENT_MAPPING)
        return kernels_mistake(d, node, "a list of mappings");
    while (key != DOCUMENT_NONE) {
        document_id value = d->nodes[key].next;
        const struct kernels_field *field = kernels_find(d->nodes[key].text);
        json_t *json = NULL;

        if (!field)
            return document_error(d, d->nodes[key].line,
                                  "a kernel has name, package, image, host, modules, memory, load "
                                  "and missing, no '%s'",
                                  text_quote(d->nodes[key].text, found));
        r = kernels_value(d, field, value, &json);
        if (r < 0)
            return r;
        json_object_set_new(kernel, field->key, json);
        key = d->nodes[value].next;
    }
    r = kernels_complete(d, d->nodes[node].line, kernel);
    if (r < 0)
        return r;
    *out = TAKE_PTR(kernel);
    return 0;
}

/* True when there is one of that name. */
static bool kernels_have(json_t *kernels, json_t *kernel)
{
    json_t *other;
    size_t i;

    json_array_foreach (kernels, i, other) {
        if (json_equal(json_object_get(other, "name"), json_object_get(kernel, "name")))
            return true;
    }
    return false;
}

static int kernels_all(const struct document *d, document_id list, json_t **out)
{
    _cleanup_json_ json_t *kernels = json_array();

    if (d->nodes[list].kind != DOCUMENT_SEQUENCE)
        return kernels_mistake(d, list, "a list");
    for (document_id i = d->nodes[list].child; i != DOCUMENT_NONE; i = d->nodes[i].next) {
        _cleanup_json_ json_t *kernel = NULL;
        int r = kernels_one(d, i, &kernel);

        if (r < 0)
            return r;
        if (kernels_have(kernels, kernel))
            return document_error(d, d->nodes[i].line, "there is a kernel of that name already");
        json_array_append(kernels, kernel);
    }
    *out = TAKE_PTR(kernels);
    return 0;
}

int kernels_read_text(const char *name, const char *text, size_t length, json_t **out)
{
    _cleanup_document_ struct document *d = NULL;
    document_id key;
    int r = document_read(name, text, length, &d);

    if (r < 0)
        return r;
    key = d->nodes[0].kind == DOCUMENT_MAPPING ? d->nodes[0].child : DOCUMENT_NONE;
    if (key == DOCUMENT_NONE || strcmp(d->nodes[key].text, "kernels") != 0 ||
        d->nodes[d->nodes[key].next].next != DOCUMENT_NONE)
        return document_error(d, 1, "the file must be a mapping with one key, 'kernels'");
    return kernels_all(d, d->nodes[key].next, out);
}

int kernels_read(const char *path, json_t **out)
{
    _cleanup_fclose_ FILE *f = fopen(path, "re");
    _cleanup_free_ char *text = malloc(KERNELS_FILE_MAX);
    size_t length;

    if (!f)
        return err_r(errno, "cannot open '%s'", path);
    if (!text)
        return err_r(ENOMEM, "cannot read '%s'", path);
    length = fread(text, 1, KERNELS_FILE_MAX, f);
    if (ferror(f))
        return err_r(EIO, "cannot read '%s'", path);
    if (length == KERNELS_FILE_MAX)
        return err_say(EFBIG, "'%s' is larger than 256 KiB", path);
    return kernels_read_text(path, text, length, out);
}
