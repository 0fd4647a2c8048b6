// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup/connect4, for the tests of what reads the programs' state: every connect puts the bytes of
 * test_record in a ring buffer. And global variables of every sort.
 */
#include "maps.h"

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} km_auth_req SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024);
} km_tcp_probe SEC(".maps");

struct test_record {
    __u32 ring; /* 0 km_log_event, 1 km_auth_req, 2 km_tcp_probe */
    __u32 size;
    __u8 bytes[512];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, sizeof(struct test_record));
    __uint(max_entries, 1);
} test_record SEC(".maps");

/* Settings: numbers in .data and .bss, behind one that makes their offsets odd; an address. */
__u8 test_byte = 1;
__u32 bpf_log_level = 2;
volatile __u32 enable_monitoring = 1;
__u32 enable_periodic_report = 0;
__u32 node_ip[4] = {0};
/* None: of another size, hidden, constant. */
__u64 test_long = 7;
static volatile __u32 test_hidden = 3;
const volatile __u32 test_constant = 5;

SEC("cgroup/connect4")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    const __u32 first = 0;
    struct test_record *record = bpf_map_lookup_elem(&test_record, &first);

    test_hidden++;
    if (!record || !enable_monitoring || test_constant != 5 || record->size > 512)
        return 1;
    if (record->ring == 0)
        bpf_ringbuf_output(&km_log_event, record->bytes, record->size, 0);
    else if (record->ring == 1)
        bpf_ringbuf_output(&km_auth_req, record->bytes, record->size, 0);
    else
        bpf_ringbuf_output(&km_tcp_probe, record->bytes, record->size, 0);
    return (int)bpf_log_level + node_ip[0] + enable_periodic_report + test_byte + test_long ? 1 : 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
