/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame from a description in words: what docs/forged-packets.md explains. Nothing is sent here,
 * and no lab is needed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"

/* Longest frame. */
#define PACKET_MAX 4096
/* Longest description, without a terminator. */
#define PACKET_TEXT_MAX   1023
#define PACKET_EXTENSIONS 16

enum packet_kind {
    PACKET_TCP,
    PACKET_UDP,
    PACKET_ICMP, /* ICMPv6 in an IPv6 packet */
    PACKET_ESP,
    PACKET_PROTOCOL,  /* any other protocol in an IP packet */
    PACKET_ARP,       /* who has `to`? Tell `from` */
    PACKET_ETHERTYPE, /* any other frame */
};

/* The words with a number. */
enum packet_number {
    PACKET_N_VLAN,     /* the tag's 16 bits */
    PACKET_N_TTL,      /* or hop limit */
    PACKET_N_IHL,      /* in 4 bytes */
    PACKET_N_ID,       /* of the fragments of one packet */
    PACKET_N_PAYLOAD,  /* bytes */
    PACKET_N_CUT,      /* bytes that are left behind the IP headers */
    PACKET_N_LENGTH,   /* what the IP header says */
    PACKET_N_FRAME,    /* bytes of the frame */
    PACKET_N_CHECKSUM, /* what stands in the TCP, UDP or ICMP header */
    PACKET_N_HEADER_CHECKSUM,
    PACKET_N_TYPE, /* of ICMP */
    PACKET_N_PROTOCOL,
    PACKET_N_ETHERTYPE,
    PACKET_N_MARK, /* of the packet's metadata */
    PACKET_NUMBERS,
};

/* An IPv6 extension header. */
struct packet_extension {
    uint8_t protocol; /* IPPROTO_HOPOPTS, …ROUTING, …DSTOPTS or …FRAGMENT */
    uint16_t value;   /* bytes of the header; segments left of a routing header */
};

/* A description that was read. Ports are in host byte order. */
struct packet {
    enum packet_kind kind;
    struct address_port from, to;
    uint8_t flags;                  /* of TCP, as in its header */
    bool offload;                   /* the checksum of TCP or UDP is left to the interface */
    int64_t number[PACKET_NUMBERS]; /* -1: not said */
    struct packet_extension extensions[PACKET_EXTENSIONS];
    size_t n_extensions;
    bool fragment; /* only these bytes of what is behind the IP header, or the fragment header */
    uint32_t fragment_begin, fragment_end; /* UINT32_MAX: to the end */
};

struct packet_bytes {
    uint8_t bytes[PACKET_MAX];
    size_t size;
    /* Where the bytes begin whose sum the interface has to make, and from there where it stands; 0
     * and 0: it is there. */
    size_t checksum_start, checksum_offset;
};

/* Where a description is read: what its words leave open. */
struct packet_scene {
    uint8_t source_mac[6], destination_mac[6];
    const char *from, *to; /* hosts of a description that does not name them; NULL: it has to */
    /* The address of a host of that name, of `af` unless that is AF_UNSPEC. Negative when there is
     * none; says nothing. NULL: only addresses are hosts. */
    int (*host)(const void *data, const char *name, int af, struct address *out);
    const void *data;
};

/* -EINVAL with one sentence that begins with `where` ("line 3") and names the word. */
int packet_read(const char *where, const char *text, const struct packet_scene *scene,
                struct packet *out);
/* The frame, all checksums and lengths right that the description does not give. -EINVAL with a
 * sentence when there is no such packet: too long, or a fragment that no packet has. */
int packet_build(const char *where, const struct packet *packet, const struct packet_scene *scene,
                 struct packet_bytes *out);
