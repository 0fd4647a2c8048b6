// SPDX-License-Identifier: Apache-2.0
/* What the words of a description come to: hosts are looked up, and every word must fit the packet.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "packet/words.h"

static const char *const needs_text[] = {
    [NEEDS_IP] = "an IP packet",
    [NEEDS_V4] = "an IPv4 packet",
    [NEEDS_CHECKSUM] = "TCP, UDP or ICMP",
    [NEEDS_ICMP] = "ICMP",
};

static bool read_has_ports(const struct packet *packet)
{
    return packet->kind == PACKET_TCP || packet->kind == PACKET_UDP;
}

static bool read_is_ip(const struct packet *packet)
{
    return packet->kind != PACKET_ARP && packet->kind != PACKET_ETHERTYPE;
}

static int read_host(const struct reader *reader, const char *name, struct address *out)
{
    const struct packet_scene *scene = reader->scene;
    int af = reader->packet->kind == PACKET_ARP ? AF_INET : AF_UNSPEC;

    if (address_parse(name, out) == 0 && (af == AF_UNSPEC || out->af == af))
        return 0;
    if (!scene->host || scene->host(scene->data, name, af, out) < 0)
        return words_refuse(reader, af == AF_INET
                                        ? "has no host with an IPv4 address"
                                        : "has neither an address nor a name that is known");
    return 0;
}

/* HOST, HOST:PORT, [HOST]:PORT or :PORT. */
static int read_split(const struct reader *reader, const char *text, char *host, size_t size,
                      const char **port)
{
    const char *colon = strrchr(text, ':');
    bool bracket = *text == '[';
    size_t length;

    if (!bracket && colon && strchr(text, ':') != colon)
        colon = NULL; /* an IPv6 address alone */
    if (bracket && (!colon || colon[-1] != ']'))
        return words_refuse(reader, "must be [ADDRESS]:PORT behind a bracket");
    length = colon ? (size_t)(colon - text) : strlen(text);
    if (bracket) {
        text++;
        length -= 2;
    }
    if (length >= size)
        return words_refuse(reader, "has too long a host");
    memcpy(host, text, length);
    host[length] = '\0';
    *port = colon ? colon + 1 : NULL;
    return 0;
}

static int read_ends(struct reader *reader, const char *name, const char *word,
                     const char *otherwise, struct address_port *out)
{
    char host[ADDRESS_TEXT_MAX] = "";
    const char *port = NULL;
    int64_t number = 0;
    int r = 0;

    reader->word = word ? word : name;
    if (word)
        r = read_split(reader, strchr(word, '=') + 1, host, sizeof(host), &port);
    if (r < 0)
        return r;
    if (!*host && !otherwise)
        return words_refuse(reader, word ? "has no host" : "is missing");
    if (read_has_ports(reader->packet) != (port != NULL))
        return words_refuse(reader, port ? "has a port, and only TCP and UDP have ports"
                                         : "needs a port, as in 10.0.0.1:4000 or [fd00::1]:4000");
    if (port && words_number(reader, port, 0, UINT16_MAX, &number) < 0)
        return -EINVAL;
    out->port = (uint16_t)number;
    return read_host(reader, *host ? host : otherwise, &out->address);
}

static bool read_fits(const struct packet *packet, enum packet_needs needs)
{
    switch (needs) {
    case NEEDS_IP:
        return read_is_ip(packet);
    case NEEDS_V4:
        return read_is_ip(packet) && packet->from.address.af == AF_INET;
    case NEEDS_CHECKSUM:
        return read_has_ports(packet) || packet->kind == PACKET_ICMP;
    case NEEDS_ICMP:
        return packet->kind == PACKET_ICMP;
    default:
        return true;
    }
}

static int read_check_numbers(const struct reader *reader)
{
    const struct packet *packet = reader->packet;

    for (size_t i = 0; i < PACKET_NUMBERS; i++) {
        const struct number_word *word = &number_words[i];

        if (packet->number[i] >= 0 && !read_fits(packet, word->needs))
            return err_say(EINVAL, "%s: '%s=' is for %s, and this is none", reader->where,
                           word->name, needs_text[word->needs]);
    }
    return 0;
}

/* The interface sums up to the end of the frame. */
static bool read_may_offload(const struct packet *packet)
{
    return read_has_ports(packet) && !packet->fragment && packet->number[PACKET_N_CUT] < 0 &&
           packet->number[PACKET_N_FRAME] < 0 && packet->number[PACKET_N_CHECKSUM] < 0;
}

static int read_check(struct reader *reader)
{
    const struct packet *packet = reader->packet;

    reader->word = reader->flag;
    if (reader->flag && packet->kind != PACKET_TCP)
        return words_refuse(reader, "is a flag of TCP, and this is something else");
    reader->word = reader->extension;
    if (reader->extension && !(read_is_ip(packet) && packet->from.address.af == AF_INET6))
        return words_refuse(reader, "is a header of IPv6, and this is something else");
    reader->word = "fragment";
    if (packet->fragment && !read_is_ip(packet))
        return words_refuse(reader, "is for an IP packet, and this is none");
    reader->word = "offload";
    if (packet->offload && !read_may_offload(packet))
        return words_refuse(reader, "is for a whole TCP or UDP packet");
    return read_check_numbers(reader);
}

static int read_finish(struct reader *reader)
{
    struct packet *packet = reader->packet;
    const struct packet_scene *scene = reader->scene;
    int r;

    if (!reader->has_kind)
        return err_say(EINVAL,
                       "%s: it is not said what the packet carries: tcp, udp, icmp, esp, "
                       "protocol=N, arp or ethertype=N",
                       reader->where);
    reader->word = reader->from ? reader->from : reader->to;
    if (packet->kind == PACKET_ETHERTYPE)
        return reader->word ? words_refuse(reader, "is for IP and ARP") : read_check(reader);
    r = read_ends(reader, "from=", reader->from, scene->from, &packet->from);
    if (r == 0)
        r = read_ends(reader, "to=", reader->to, scene->to, &packet->to);
    if (r < 0)
        return r;
    if (packet->from.address.af != packet->to.address.af)
        return words_refuse(reader, "is of the other family than from=");
    return read_check(reader);
}

int packet_read(const char *where, const char *text, const struct packet_scene *scene,
                struct packet *out)
{
    char copy[PACKET_TEXT_MAX + 1];
    struct packet packet = {.kind = PACKET_TCP};
    struct reader reader = {.where = where, .scene = scene, .packet = &packet};
    int r;

    if (strlen(text) > PACKET_TEXT_MAX)
        return err_say(EINVAL, "%s: a description has at most %d characters", where,
                       PACKET_TEXT_MAX);
    (void)snprintf(copy, sizeof(copy), "%s", text);
    for (size_t i = 0; i < PACKET_NUMBERS; i++)
        packet.number[i] = -1;
    r = words_read(&reader, copy);
    if (r == 0)
        r = read_finish(&reader);
    if (r == 0)
        *out = packet;
    return r;
}
