// SPDX-License-Identifier: Apache-2.0
#include "unit/run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "unit/once.h"

#define RUN_RESULT_MAX (1U << 20)

#define RUN_RESULT_MAP "suite_result_map"

void unit_outcome_free(struct unit_outcome *outcome)
{
    strings_clear(&outcome->says);
    result_free(&outcome->result);
}

static int run_program(const struct bpf_program *program, struct once *once, uint32_t *answer)
{
    return once_run(bpf_program__fd(program), bpf_program__type(program), once, answer);
}

/* A packet must not be longer than the context says it was on the wire; 0 says nothing. */
static void run_forget_wire_length(struct once *once)
{
    memset(once->context + offsetof(struct __sk_buff, wire_len), 0, sizeof(uint32_t));
}

static int run_prepend(struct once *once, uint32_t status)
{
    if (once->size > sizeof(once->data) - sizeof(status))
        return -E2BIG;
    memmove(once->data + sizeof(status), once->data, once->size);
    memcpy(once->data, &status, sizeof(status));
    once->size += sizeof(status);
    run_forget_wire_length(once);
    return 0;
}

static int run_failed(const struct bpf_program *program, const char *name, int code,
                      struct unit_outcome *out)
{
    const char *type = libbpf_bpf_prog_type_str(bpf_program__type(program));

    if (code != -ONCE_ENOTSUPP && code != -EOPNOTSUPP)
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
    _cleanup_free_ struct once *once = calloc(1, sizeof(*once));
    int r = once ? 0 : lines_say(&out->says, -ENOMEM, "out of memory");

    if (r < 0)
        return r;
    once->size = ONCE_PACKET_MAX;
    for (size_t i = 0; i < PHASES; i++) {
        const char *name = test->program[i];
        struct bpf_program *program = name ? bpf_object__find_program_by_name(elf, name) : NULL;

        if (!program)
            continue;
        r = run_program(program, once, answer);
        if (r < 0)
            return run_failed(program, name, r, out);
        if (i != PHASE_CHECK && run_gave_up(*answer))
            return lines_say(&out->says, -ECANCELED,
                             "%s ended with the status %u, and check did "
                             "not run",
                             name, *answer);
        if (i == PHASE_MIDDLE && once_takes_packets(bpf_program__type(program)))
            r = run_prepend(once, *answer);
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
