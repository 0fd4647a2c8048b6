// SPDX-License-Identifier: Apache-2.0
#include "unit/run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

#define RUN_ENOTSUPP 524 /* the kernel's own, not in errno.h */
/* A page without the room that XDP keeps in front of a packet and behind it. */
#define RUN_PACKET_MAX (4096 - 256 - 320)
#define RUN_ROOM       (RUN_PACKET_MAX + 512) /* for programs that make it longer */
#define RUN_CONTEXT    256                    /* struct __sk_buff and more; the rest is zero */
#define RUN_RESULT_MAX (1U << 20)

#define RUN_RESULT_MAP "suite_result_map"

struct run_state {
    uint8_t data[sizeof(uint32_t) + RUN_ROOM];
    uint32_t size;
    uint8_t context[RUN_CONTEXT];
};

void unit_outcome_free(struct unit_outcome *outcome)
{
    strings_clear(&outcome->says);
    result_free(&outcome->result);
}

static bool run_is_skb(enum bpf_prog_type type)
{
    return type == BPF_PROG_TYPE_SCHED_CLS || type == BPF_PROG_TYPE_SCHED_ACT ||
           type == BPF_PROG_TYPE_CGROUP_SKB;
}

static bool run_takes_packets(enum bpf_prog_type type)
{
    return type != BPF_PROG_TYPE_SYSCALL && type != BPF_PROG_TYPE_RAW_TRACEPOINT;
}

/* Programs that begin at the network header give an empty Ethernet header back. */
static void run_keep_ethernet(enum bpf_prog_type type, const uint8_t *before, uint8_t *after)
{
    if (type == BPF_PROG_TYPE_CGROUP_SKB)
        memcpy(after, before, ETH_HLEN);
}

static int run_program(const struct bpf_program *program, struct run_state *state, uint32_t *answer)
{
    LIBBPF_OPTS(bpf_test_run_opts, options);
    enum bpf_prog_type type = bpf_program__type(program);
    uint8_t packet[sizeof(state->data)], context[RUN_CONTEXT] = {};

    options.repeat = type == BPF_PROG_TYPE_SYSCALL ? 0 : 1;
    if (run_takes_packets(type)) {
        options.data_in = state->data;
        options.data_size_in = state->size;
        options.data_out = packet;
        options.data_size_out = sizeof(packet);
    }
    if (run_is_skb(type) || !run_takes_packets(type)) {
        options.ctx_in = state->context;
        options.ctx_size_in = RUN_CONTEXT;
        options.ctx_out = run_is_skb(type) ? context : NULL;
        options.ctx_size_out = run_is_skb(type) ? RUN_CONTEXT : 0;
    }
    if (bpf_prog_test_run_opts(bpf_program__fd(program), &options) < 0)
        return -errno;
    if (run_takes_packets(type) && options.data_size_out <= sizeof(packet)) {
        run_keep_ethernet(type, state->data, packet);
        memcpy(state->data, packet, options.data_size_out);
        state->size = options.data_size_out;
    }
    if (run_is_skb(type))
        memcpy(state->context, context, RUN_CONTEXT);
    *answer = options.retval;
    return 0;
}

/* A packet must not be longer than the context says it was on the wire; 0 says nothing. */
static void run_forget_wire_length(struct run_state *state)
{
    memset(state->context + offsetof(struct __sk_buff, wire_len), 0, sizeof(uint32_t));
}

static int run_prepend(struct run_state *state, uint32_t status)
{
    if (state->size > sizeof(state->data) - sizeof(status))
        return -E2BIG;
    memmove(state->data + sizeof(status), state->data, state->size);
    memcpy(state->data, &status, sizeof(status));
    state->size += sizeof(status);
    run_forget_wire_length(state);
    return 0;
}

static int run_failed(const struct bpf_program *program, const char *name, int code,
                      struct unit_outcome *out)
{
    const char *type = libbpf_bpf_prog_type_str(bpf_program__type(program));

    if (code != -RUN_ENOTSUPP && code != -EOPNOTSUPP)
        return lines_say(&out->says, code, "%s could not be run: %s", name, strerror(-code));
    out->status = UNIT_SKIP;
    return lines_say(&out->says, code, "this kernel cannot run %s programs by BPF_PROG_TEST_RUN",
                     type ? type : "such");
}

/* Only in the new numbering: 0 and 2 are also verdicts on a packet. */
static bool run_gave_up(uint32_t answer)
{
    return answer == UNIT_STATUS_NEW + UNIT_ERROR || answer == UNIT_STATUS_NEW + UNIT_FAIL;
}

/* The answer of the last program, check. */
static int run_phases(struct bpf_object *elf, const struct unit_test *test, uint32_t *answer,
                      struct unit_outcome *out)
{
    _cleanup_free_ struct run_state *state = calloc(1, sizeof(*state));
    int r = state ? 0 : lines_say(&out->says, -ENOMEM, "out of memory");

    if (r < 0)
        return r;
    state->size = RUN_PACKET_MAX;
    for (size_t i = 0; i < PHASES; i++) {
        const char *name = test->program[i];
        struct bpf_program *program = name ? bpf_object__find_program_by_name(elf, name) : NULL;

        if (!program)
            continue;
        r = run_program(program, state, answer);
        if (r < 0)
            return run_failed(program, name, r, out);
        if (i != PHASE_CHECK && run_gave_up(*answer))
            return lines_say(&out->says, -ECANCELED,
                             "%s ended with the status %u, and check did "
                             "not run",
                             name, *answer);
        if (i == PHASE_MIDDLE && run_takes_packets(bpf_program__type(program)))
            r = run_prepend(state, *answer);
        if (r < 0)
            return lines_say(&out->says, r, "%s made too long a packet", name);
    }
    return 0;
}

/* ---- the result map ---- */

static int run_clear(struct bpf_object *elf, const char *name)
{
    struct bpf_map *map = bpf_object__find_map_by_name(elf, name);
    _cleanup_free_ void *zero = map ? calloc(1, bpf_map__value_size(map)) : NULL;
    uint32_t key = 0;

    if (!map)
        return 0;
    return zero ? bpf_map_update_elem(bpf_map__fd(map), &key, zero, BPF_ANY) : -ENOMEM;
}

static struct bpf_map *run_result_map(struct bpf_object *elf, struct strings *why)
{
    struct bpf_map *map = bpf_object__find_map_by_name(elf, RUN_RESULT_MAP);

    if (map && bpf_map__type(map) == BPF_MAP_TYPE_ARRAY && bpf_map__max_entries(map) == 1 &&
        bpf_map__value_size(map) <= RUN_RESULT_MAX)
        return map;
    lines_say(why, 0, map ? "its %s is no array of one entry" : "the object has no %s",
              RUN_RESULT_MAP);
    return NULL;
}

static int run_read_result(struct bpf_object *elf, struct unit_outcome *out)
{
    const struct bpf_map *map = run_result_map(elf, &out->says);
    _cleanup_free_ void *value = map ? malloc(bpf_map__value_size(map)) : NULL;
    uint32_t key = 0;

    if (!map)
        return -EINVAL;
    if (!value || bpf_map_lookup_elem(bpf_map__fd(map), &key, value) < 0)
        return lines_say(&out->says, -EIO, "cannot read %s", RUN_RESULT_MAP);
    return result_read(value, bpf_map__value_size(map), &out->result, &out->says);
}

void unit_run(struct bpf_object *elf, const struct unit_test *test, struct unit_outcome *out)
{
    uint32_t answer = UNIT_ERROR;
    int r;

    out->status = UNIT_ERROR;
    r = run_phases(elf, test, &answer, out);
    if (r == 0)
        r = run_read_result(elf, out);
    if (r == 0 && !unit_status_read(answer, &out->status)) {
        out->status = UNIT_ERROR;
        lines_say(&out->says, 0, "check returned %u, which is no status", answer);
    }
    /* What some objects' mocks keep for one test. */
    run_clear(elf, "mock_skb_meta_map");
    if (run_clear(elf, RUN_RESULT_MAP) < 0 && r == 0)
        out->status = UNIT_ERROR;
}
