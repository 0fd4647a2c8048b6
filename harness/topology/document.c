// SPDX-License-Identifier: Apache-2.0
#include "topology/document.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "common/log.h"
#include "common/text.h"

/* One list or mapping that is being read. */
struct document_level {
    document_id node;
    document_id last; /* its child that was read last */
    bool mapping;
    bool value; /* in a mapping: the next child is a value */
};

struct document_reader {
    struct document *document;
    struct document_level levels[DOCUMENT_DEPTH_MAX];
    size_t depth;
    size_t documents;
};

static void document_event_free(yaml_event_t *event)
{
    yaml_event_delete(event);
}

void document_free(struct document **document)
{
    struct document *d = TAKE_PTR(*document);

    if (!d)
        return;
    for (size_t i = 0; i < d->n_nodes; i++)
        free(d->nodes[i].text);
    free(d->nodes);
    free(d->events);
    free(d->name);
    free(d);
}

/* The array with room for one more element behind `used`; NULL (said) when there is no memory, the
 * array is then as it was. */
static void *document_room(void *array, size_t *room, size_t used, size_t size)
{
    size_t more = *room ? *room * 2 : 64;
    void *larger;

    if (used < *room)
        return array;
    larger = reallocarray(array, more, size);
    if (larger)
        *room = more;
    else
        err_r(ENOMEM, "cannot read a topology");
    return larger;
}

static int document_note_event(struct document *d, document_id node)
{
    document_id *events =
        document_room(d->events, &d->events_room, d->n_events, sizeof(*d->events));

    if (!events)
        return -ENOMEM;
    d->events = events;
    d->events[d->n_events++] = node;
    return 0;
}

/* Hangs a new node below the level that is being read. */
static void document_link(struct document_reader *r, document_id id)
{
    struct document *d = r->document;
    struct document_level *level = r->depth ? &r->levels[r->depth - 1] : NULL;
    struct document_node *node = &d->nodes[id];

    if (!level)
        return;
    node->parent = level->node;
    if (level->value)
        node->key = level->last;
    if (level->last == DOCUMENT_NONE)
        d->nodes[level->node].child = id;
    else
        d->nodes[level->last].next = id;
    level->last = id;
    if (level->mapping)
        level->value = !level->value;
}

static int document_add(struct document_reader *r, enum document_kind kind,
                        const yaml_event_t *event, document_id *out)
{
    struct document *d = r->document;
    struct document_node *nodes =
        document_room(d->nodes, &d->nodes_room, d->n_nodes, sizeof(*d->nodes));

    if (!nodes)
        return -ENOMEM;
    d->nodes = nodes;
    *out = (document_id)d->n_nodes++;
    d->nodes[*out] = (struct document_node){
        .kind = kind,
        .line = event->start_mark.line + 1,
        .parent = DOCUMENT_NONE,
        .key = DOCUMENT_NONE,
        .child = DOCUMENT_NONE,
        .next = DOCUMENT_NONE,
    };
    document_link(r, *out);
    return document_note_event(d, *out);
}

/* Anchors and tags. Without aliases, anchors are of no use; without either, no bomb can be made. */
static int document_refuse_properties(const struct document *d, const yaml_event_t *event,
                                      const yaml_char_t *anchor, const yaml_char_t *tag)
{
    char quoted[TEXT_QUOTE_MAX];
    size_t line = event->start_mark.line + 1;

    if (anchor)
        return document_error(d, line,
                              "anchor '&%s': anchors and aliases are not read, write the value out",
                              text_quote((const char *)anchor, quoted));
    if (tag)
        return document_error(d, line, "tag '%s': tags are not read, leave it out",
                              text_quote((const char *)tag, quoted));
    return 0;
}

static int document_scalar(struct document_reader *r, yaml_event_t *event)
{
    struct document *d = r->document;
    char *text = (char *)event->data.scalar.value;
    document_id id;
    int e = document_refuse_properties(d, event, event->data.scalar.anchor, event->data.scalar.tag);

    if (e < 0)
        return e;
    if (strlen(text) != event->data.scalar.length)
        return document_error(d, event->start_mark.line + 1, "a NUL character inside a value");
    e = document_add(r, DOCUMENT_SCALAR, event, &id);
    if (e < 0)
        return e;
    d->nodes[id].text = text;
    event->data.scalar.value = NULL;
    return 0;
}

static int document_open(struct document_reader *r, enum document_kind kind,
                         const yaml_event_t *event, const yaml_char_t *anchor,
                         const yaml_char_t *tag)
{
    struct document *d = r->document;
    const struct document_level *level = r->depth ? &r->levels[r->depth - 1] : NULL;
    size_t line = event->start_mark.line + 1;
    document_id id;
    int e = document_refuse_properties(d, event, anchor, tag);

    if (e < 0)
        return e;
    if (r->depth == DOCUMENT_DEPTH_MAX)
        return document_error(d, line, "nested deeper than %d levels", DOCUMENT_DEPTH_MAX);
    if (level && level->mapping && !level->value)
        return document_error(d, line, "a key is a %s, must be a word",
                              kind == DOCUMENT_MAPPING ? "mapping" : "list");
    e = document_add(r, kind, event, &id);
    if (e < 0)
        return e;
    r->levels[r->depth++] = (struct document_level){
        .node = id, .last = DOCUMENT_NONE, .mapping = kind == DOCUMENT_MAPPING};
    return 0;
}

static int document_close(struct document_reader *r)
{
    r->depth--;
    return document_note_event(r->document, r->levels[r->depth].node);
}

static int document_start(struct document_reader *r, const yaml_event_t *event)
{
    if (r->documents++ > 0)
        return document_error(r->document, event->start_mark.line + 1,
                              "a second document begins here, a topology is one");
    return document_note_event(r->document, DOCUMENT_NONE);
}

static int document_event(struct document_reader *r, yaml_event_t *event)
{
    char quoted[TEXT_QUOTE_MAX];

    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return document_start(r, event);
    case YAML_SCALAR_EVENT:
        return document_scalar(r, event);
    case YAML_SEQUENCE_START_EVENT:
        return document_open(r, DOCUMENT_SEQUENCE, event, event->data.sequence_start.anchor,
                             event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return document_open(r, DOCUMENT_MAPPING, event, event->data.mapping_start.anchor,
                             event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return document_close(r);
    case YAML_ALIAS_EVENT:
        return document_error(r->document, event->start_mark.line + 1,
                              "alias '*%s': anchors and aliases are not read, write the value out",
                              text_quote((const char *)event->data.alias.anchor, quoted));
    default:
        return document_note_event(r->document, DOCUMENT_NONE);
    }
}

static size_t document_line_of_offset(const char *text, size_t length, size_t offset)
{
    size_t line = 1;

    for (size_t i = 0; i < offset && i < length; i++)
        line += text[i] == '\n';
    return line;
}

/* Whether the line (from 1) is indented with a tab: a mistake that libyaml calls something else. */
static bool document_tab_indents(const char *text, size_t length, size_t line)
{
    const char *end = text + length;

    for (; line > 1 && text < end; line--) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));

        text = newline ? newline + 1 : end;
    }
    while (text < end && *text == ' ')
        text++;
    return text < end && *text == '\t';
}

static int document_yaml_error(const struct document *d, const yaml_parser_t *parser,
                               const char *text, size_t length)
{
    size_t line = parser->problem_mark.line + 1;

    if (parser->error == YAML_MEMORY_ERROR)
        return err_r(ENOMEM, "cannot read '%s'", d->name);
    if (parser->error == YAML_READER_ERROR)
        return document_error(d, document_line_of_offset(text, length, parser->problem_offset),
                              "not UTF-8 text: %s", parser->problem);
    if (document_tab_indents(text, length, line))
        return document_error(d, line, "indented with a tab, YAML wants spaces");
    if (!parser->context)
        return document_error(d, line, "not YAML: %s", parser->problem);
    return document_error(d, line, "not YAML: %s (from line %zu), %s", parser->context,
                          parser->context_mark.line + 1, parser->problem);
}

static int document_parse(struct document_reader *r, const char *text, size_t length)
{
    _cleanup_(yaml_parser_delete) yaml_parser_t parser;
    bool end = false;

    if (!yaml_parser_initialize(&parser)) {
        memset(&parser, 0, sizeof(parser));
        return err_r(ENOMEM, "cannot read '%s'", r->document->name);
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    while (!end) {
        _cleanup_(document_event_free) yaml_event_t event = {0};
        int e;

        if (!yaml_parser_parse(&parser, &event))
            return document_yaml_error(r->document, &parser, text, length);
        end = event.type == YAML_STREAM_END_EVENT;
        e = document_event(r, &event);
        if (e < 0)
            return e;
    }
    return 0;
}

int document_read(const char *name, const char *text, size_t length, struct document **out)
{
    _cleanup_document_ struct document *d = calloc(1, sizeof(*d));
    struct document_reader reader = {.document = d};
    int r;

    if (!d || !(d->name = strdup(name)))
        return err_r(ENOMEM, "cannot read '%s'", name);
    r = document_parse(&reader, text, length);
    if (r < 0)
        return r;
    if (d->n_nodes == 0)
        return document_error(d, 1, "nothing in it, a topology has at least 'pods'");
    *out = TAKE_PTR(d);
    return 0;
}
