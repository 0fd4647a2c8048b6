// SPDX-License-Identifier: Apache-2.0
/* Descriptions: words between blanks, `NAME` or `NAME=VALUE`. */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "packet/words.h"

const struct number_word number_words[PACKET_NUMBERS] = {
    [PACKET_N_VLAN] = {"vlan", 0, 0xffff, NEEDS_NOTHING},
    [PACKET_N_TTL] = {"ttl", 0, 255, NEEDS_IP},
    [PACKET_N_IHL] = {"ihl", 5, 15, NEEDS_V4},
    [PACKET_N_ID] = {"id", 0, UINT32_MAX, NEEDS_IP},
    [PACKET_N_PAYLOAD] = {"payload", 0, PACKET_MAX, NEEDS_NOTHING},
    [PACKET_N_CUT] = {"cut", 0, PACKET_MAX, NEEDS_IP},
    [PACKET_N_LENGTH] = {"length", 0, 0xffff, NEEDS_IP},
    [PACKET_N_FRAME] = {"frame", 14, PACKET_MAX, NEEDS_NOTHING},
    [PACKET_N_CHECKSUM] = {"checksum", 0, 0xffff, NEEDS_CHECKSUM},
    [PACKET_N_HEADER_CHECKSUM] = {"header-checksum", 0, 0xffff, NEEDS_V4},
    [PACKET_N_TYPE] = {"type", 0, 255, NEEDS_ICMP},
    [PACKET_N_PROTOCOL] = {"protocol", 0, 255, NEEDS_IP},
    [PACKET_N_ETHERTYPE] = {"ethertype", 0x600, 0xffff, NEEDS_NOTHING},
    [PACKET_N_MARK] = {"mark", 0, UINT32_MAX, NEEDS_NOTHING},
};

static const struct {
    const char *name;
    enum packet_kind kind;
} kind_words[] = {
    {"tcp", PACKET_TCP},
    {"udp", PACKET_UDP},
    {"icmp", PACKET_ICMP},
    {"esp", PACKET_ESP},
    {"protocol", PACKET_PROTOCOL},
    {"arp", PACKET_ARP},
    {"ethertype", PACKET_ETHERTYPE},
};

static const struct {
    const char *name;
    uint8_t bit;
} flag_words[] = {
    {"fin", TH_FIN},  {"syn", TH_SYN}, {"rst", TH_RST},
    {"psh", TH_PUSH}, {"ack", TH_ACK}, {"urg", TH_URG},
};

static const struct extension_word {
    const char *name;
    uint8_t protocol;
    uint16_t usual, step, max;
} extension_words[] = {
    {"hop-by-hop", IPPROTO_HOPOPTS, 8, 8, 2048},
    {"destination", IPPROTO_DSTOPTS, 8, 8, 2048},
    {"routing", IPPROTO_ROUTING, 0, 1, 127},
};

int words_refuse(const struct reader *reader, const char *problem)
{
    char quoted[TEXT_QUOTE_MAX];

    return err_say(EINVAL, "%s: '%s' %s", reader->where, text_quote(reader->word, quoted), problem);
}

/* Decimal, or 0x and hexadecimal; *text is moved behind it. False: none, or it is above `max`. */
static bool words_digits(const char **text, int64_t max, int64_t *out)
{
    bool hex = strncmp(*text, "0x", 2) == 0;
    const char *digits = *text + (hex ? 2 : 0);
    unsigned long long number;
    char *end;

    if (!(hex ? isxdigit((unsigned char)*digits) : isdigit((unsigned char)*digits)))
        return false;
    errno = 0;
    number = strtoull(digits, &end, hex ? 16 : 10);
    if (errno || number > (unsigned long long)max)
        return false;
    *text = end;
    *out = (int64_t)number;
    return true;
}

int words_number(const struct reader *reader, const char *value, int64_t min, int64_t max,
                 int64_t *out)
{
    char quoted[TEXT_QUOTE_MAX];
    int64_t number;

    if (!words_digits(&value, max, &number) || *value || number < min)
        return err_say(EINVAL, "%s: '%s' must have a number from %lld to %lld", reader->where,
                       text_quote(reader->word, quoted), (long long)min, (long long)max);
    *out = number;
    return 0;
}

/* ---- words ---- */

static int words_kind(struct reader *reader, enum packet_kind kind)
{
    if (reader->has_kind)
        return words_refuse(reader, "is a second thing that the packet carries");
    reader->has_kind = true;
    reader->packet->kind = kind;
    return 0;
}

static int words_flag(struct reader *reader, uint8_t bit)
{
    if (reader->packet->flags & bit)
        return words_refuse(reader, "is said twice");
    reader->packet->flags |= bit;
    reader->flag = reader->word;
    return 0;
}

static int words_offload(struct reader *reader)
{
    if (reader->packet->offload)
        return words_refuse(reader, "is said twice");
    reader->packet->offload = true;
    return 0;
}

static int words_extension(struct reader *reader, uint8_t protocol, int64_t value)
{
    struct packet *packet = reader->packet;

    if (packet->n_extensions == PACKET_EXTENSIONS)
        return words_refuse(reader, "is one extension header too many: 16 are the most");
    packet->extensions[packet->n_extensions++] =
        (struct packet_extension){.protocol = protocol, .value = (uint16_t)value};
    return 0;
}

static int words_extension_word(struct reader *reader, const struct extension_word *word,
                                const char *value)
{
    int64_t number = word->usual;
    int r = value ? words_number(reader, value, word->usual, word->max, &number) : 0;

    if (r < 0)
        return r;
    if (number % word->step)
        return words_refuse(reader, "must have a multiple of 8");
    reader->extension = reader->word;
    return words_extension(reader, word->protocol, number);
}

/* BEGIN-END, of which END may be left out. A fragment header has its place among the others. */
static int words_fragment(struct reader *reader, const char *value)
{
    struct packet *packet = reader->packet;
    int64_t begin, end = UINT32_MAX;

    if (packet->fragment)
        return words_refuse(reader, "is a second fragment");
    if (!value || !words_digits(&value, UINT16_MAX, &begin) || *value++ != '-' ||
        (*value && !words_digits(&value, UINT16_MAX, &end)) || *value)
        return words_refuse(reader, "must have two numbers, fragment=BEGIN-END or fragment=BEGIN-");
    if (begin % 8 || end <= begin)
        return words_refuse(reader, "must begin at a multiple of 8 and end behind that");
    packet->fragment = true;
    packet->fragment_begin = (uint32_t)begin;
    packet->fragment_end = (uint32_t)end;
    return words_extension(reader, IPPROTO_FRAGMENT, 8);
}

static int words_end(struct reader *reader, const char **end, const char *value)
{
    if (*end)
        return words_refuse(reader, "is said twice");
    if (!value || !*value)
        return words_refuse(reader, "must have a host, or a host and a port");
    *end = reader->word;
    return 0;
}

static int words_number_word(struct reader *reader, size_t i, const char *value)
{
    const struct number_word *word = &number_words[i];

    if (!value)
        return words_refuse(reader, "must have a number");
    if (reader->packet->number[i] >= 0)
        return words_refuse(reader, "is said twice");
    return words_number(reader, value, word->min, word->max, &reader->packet->number[i]);
}

/* The words without a value. -ENOENT: it is none of them. */
static int words_bare_word(struct reader *reader, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(kind_words); i++)
        if (strcmp(name, kind_words[i].name) == 0)
            return words_kind(reader, kind_words[i].kind);
    for (size_t i = 0; i < ARRAY_SIZE(flag_words); i++)
        if (strcmp(name, flag_words[i].name) == 0)
            return words_flag(reader, flag_words[i].bit);
    return strcmp(name, "offload") == 0 ? words_offload(reader) : -ENOENT;
}

/* Those that may have one, or must. -ENOENT: it is none of them. */
static int words_valued_word(struct reader *reader, const char *name, const char *value)
{
    for (size_t i = 0; i < PACKET_NUMBERS; i++)
        if (strcmp(name, number_words[i].name) == 0)
            return words_number_word(reader, i, value);
    for (size_t i = 0; i < ARRAY_SIZE(extension_words); i++)
        if (strcmp(name, extension_words[i].name) == 0)
            return words_extension_word(reader, &extension_words[i], value);
    if (strcmp(name, "fragment") == 0)
        return words_fragment(reader, value);
    if (strcmp(name, "from") == 0)
        return words_end(reader, &reader->from, value);
    if (strcmp(name, "to") == 0)
        return words_end(reader, &reader->to, value);
    return -ENOENT;
}

static int words_one(struct reader *reader, const char *word)
{
    const char *value = strchr(word, '=');
    size_t length = value ? (size_t)(value - word) : strlen(word);
    char name[32] = "";
    int bare, r;

    reader->word = word;
    if (length >= sizeof(name))
        return words_refuse(reader, "is no word of a packet");
    snprintf(name, sizeof(name), "%.*s", (int)length, word);
    r = words_valued_word(reader, name, value ? value + 1 : NULL);
    if (r < 0 && r != -ENOENT)
        return r;
    bare = words_bare_word(reader, name); /* what `protocol=` and `ethertype=` are, too */
    if (bare == -ENOENT)
        return r == -ENOENT ? words_refuse(reader, "is no word of a packet") : 0;
    return bare == 0 && r == -ENOENT && value ? words_refuse(reader, "takes no value") : bare;
}

int words_read(struct reader *reader, char *text)
{
    char *rest, *word;
    int r = 0;

    for (word = strtok_r(text, " \t", &rest); word && r == 0; word = strtok_r(NULL, " \t", &rest))
        r = words_one(reader, word);
    return r;
}
