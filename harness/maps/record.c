// SPDX-License-Identifier: Apache-2.0
#include "maps/record.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/text.h"
#include "maps/encode.h"
#include "maps/field.h"

#define RECORD_TEXT_MAX 255

struct record_reader {
    const uint8_t *bytes;
    size_t size;
    enum port_order order;
    const struct tuple_form *form; /* of the record's family, once that is known */
};

/* An address and a port as "ip:port"; null for none. */
static json_t *record_end(const struct record_reader *r, const uint8_t *address,
                          const uint8_t *port, enum field_kind kind)
{
    static const struct address_port none;
    struct address_port ap = {.address.af = r->form->af,
                              .port = field_get_port(port, kind, r->order)};

    memcpy(ap.address.bytes, address, r->form->address_size);
    if (ap.port == none.port &&
        memcmp(ap.address.bytes, none.address.bytes, sizeof(none.address.bytes)) == 0)
        return json_null();
    return json_address_port(&ap);
}

static int record_family(struct record_reader *r, const struct map_field *field, json_t *object)
{
    uint32_t family;

    memcpy(&family, r->bytes + field->offset, sizeof(family));
    if (family > 1)
        return -EBADMSG;
    r->form = family ? &tuple_form_v6 : &tuple_form_v4;
    return json_object_set_new(object, field->name, json_string(family ? "v6" : "v4"));
}

static int record_tuple(const struct record_reader *r, const struct map_field *field,
                        json_t *object)
{
    const uint8_t *at = r->bytes + field->offset;

    return json_object_set_new(
               object, field_source_name(FIELD_TUPLE_AUTH),
               record_end(r, at + r->form->source, at + r->form->source_port, field->kind)) |
           json_object_set_new(object, field_destination_name(FIELD_TUPLE_AUTH),
                               record_end(r, at + r->form->destination,
                                          at + r->form->destination_port, field->kind));
}

/* Up to the length that the record gives, its first NUL or its end; newlines at the end go. */
static json_t *record_text(const struct record_reader *r, const struct map_field *field)
{
    const char *text = (const char *)r->bytes + field->offset + sizeof(uint32_t);
    size_t room = r->size - field->offset - sizeof(uint32_t), length;
    char clean[RECORD_TEXT_MAX + 1];
    uint32_t given;

    memcpy(&given, r->bytes + field->offset, sizeof(given));
    if (room > RECORD_TEXT_MAX)
        room = RECORD_TEXT_MAX;
    length = strnlen(text, room < given ? room : given);
    while (length > 0 && text[length - 1] == '\n')
        length--;
    memcpy(clean, text, length);
    clean[length] = '\0';
    return json_string(text_clean_line(clean));
}

static json_t *record_number(const struct record_reader *r, const struct map_field *field)
{
    const char *word;
    uint64_t u64;
    uint32_t u32;

    if (field->kind == FIELD_U64) {
        memcpy(&u64, r->bytes + field->offset, sizeof(u64));
        return json_integer((json_int_t)u64);
    }
    memcpy(&u32, r->bytes + field->offset, sizeof(u32));
    word = field_word(field, u32);
    return word ? json_string(word) : json_integer(u32);
}

static int record_field(struct record_reader *r, const struct map_field *field, json_t *object)
{
    const uint8_t *at = r->bytes + field->offset;

    switch (field->kind) {
    case FIELD_FAMILY:
        return record_family(r, field, object);
    case FIELD_FAMILY_TUPLE:
    case FIELD_FAMILY_TUPLE_AUTH:
        return record_tuple(r, field, object);
    case FIELD_FAMILY_END:
        return json_object_set_new(object, field->name,
                                   record_end(r, at, at + r->form->address_size, field->kind));
    case FIELD_TEXT:
        return json_object_set_new(object, field->name, record_text(r, field));
    default:
        return json_object_set_new(object, field->name, record_number(r, field));
    }
}

static bool record_fits(const struct map_layout *layout, size_t size)
{
    if (!layout || layout->type != BPF_MAP_TYPE_RINGBUF || !layout->value)
        return false;
    return layout->value->kind == FIELD_TEXT ? size > sizeof(uint32_t) : size == layout->value_size;
}

json_t *map_record_json(const struct map_layout *layout, enum port_order order, const void *bytes,
                        size_t size)
{
    struct record_reader r = {.bytes = bytes, .size = size, .order = order, .form = &tuple_form_v4};
    _cleanup_json_ json_t *object = json_object();

    if (!record_fits(layout, size))
        return map_raw_json(bytes, size);
    for (const struct map_field *field = layout->value; object && field->name; field++) {
        int error = record_field(&r, field, object);

        if (error == -EBADMSG)
            return map_raw_json(bytes, size);
        if (error < 0)
            return NULL;
    }
    return TAKE_PTR(object);
}
