// SPDX-License-Identifier: Apache-2.0
#include "agent/tlv.h"

#include <assert.h>
#include <string.h>

#define TLV_TYPE      0x01
#define TLV_END       0xfe
#define TLV_HEADER    5 /* type and length */
#define TLV_END_SIZE  5
#define TLV_LENGTH_V4 6
#define TLV_LENGTH_V6 18

static_assert(TLV_HEADER + TLV_LENGTH_V4 + TLV_END_SIZE == TLV_SIZE_V4, "contract §4, IPv4");
static_assert(TLV_HEADER + TLV_LENGTH_V6 + TLV_END_SIZE == TLV_SIZE_V6, "contract §4, IPv6");

static const char *const tlv_status_names[] = {
    [TLV_PENDING] = "pending",
    [TLV_NONE] = "none",
    [TLV_OK] = "ok",
    [TLV_TRUNCATED] = "truncated",
    [TLV_WRONG_LENGTH] = "wrong-length",
    [TLV_WRONG_END] = "wrong-end",
    [TLV_DOUBLED] = "doubled",
    [TLV_MISPLACED] = "misplaced",
};

const char *tlv_status_name(enum tlv_status status)
{
    return tlv_status_names[status];
}

void tlv_reader_init(struct tlv_reader *reader)
{
    *reader = (struct tlv_reader){.status = TLV_PENDING};
}

/* Of the TLV that is being read; its length byte must have been judged. */
static size_t tlv_reader_size(const struct tlv_reader *reader)
{
    return TLV_HEADER + reader->bytes[TLV_HEADER - 1] + TLV_END_SIZE;
}

static enum tlv_status tlv_judge_header(size_t position, uint8_t byte)
{
    if (position == 0)
        return byte == TLV_TYPE ? TLV_PENDING : TLV_NONE;
    if (position < TLV_HEADER - 1)
        return byte == 0 ? TLV_PENDING : TLV_WRONG_LENGTH;
    return byte == TLV_LENGTH_V4 || byte == TLV_LENGTH_V6 ? TLV_PENDING : TLV_WRONG_LENGTH;
}

/* What the byte that was stored last says about the whole. */
static enum tlv_status tlv_judge(const struct tlv_reader *reader)
{
    size_t position = reader->used - 1;
    uint8_t byte = reader->bytes[position];
    size_t size, end;

    if (position < TLV_HEADER)
        return tlv_judge_header(position, byte);
    size = tlv_reader_size(reader);
    end = size - TLV_END_SIZE;
    if (position < end)
        return TLV_PENDING;
    if (byte != (position == end ? TLV_END : 0))
        return TLV_WRONG_END;
    return position == size - 1 ? TLV_OK : TLV_PENDING;
}

static void tlv_reader_take_destination(struct tlv_reader *reader)
{
    bool v4 = reader->used == TLV_SIZE_V4;
    size_t size = v4 ? 4 : 16;
    const uint8_t *value = reader->bytes + TLV_HEADER;

    reader->destination = (struct address_port){.address.af = v4 ? AF_INET : AF_INET6};
    memcpy(reader->destination.address.bytes, value, size);
    reader->destination.port = (uint16_t)(value[size] << 8 | value[size + 1]);
}

size_t tlv_reader_feed(struct tlv_reader *reader, const uint8_t *bytes, size_t length)
{
    size_t taken = 0;

    while (reader->status == TLV_PENDING && taken < length) {
        reader->bytes[reader->used++] = bytes[taken++];
        reader->status = tlv_judge(reader);
    }
    if (reader->status == TLV_OK && taken)
        tlv_reader_take_destination(reader);
    return taken;
}

void tlv_reader_end(struct tlv_reader *reader)
{
    if (reader->status == TLV_PENDING)
        reader->status = reader->used ? TLV_TRUNCATED : TLV_NONE;
}
