/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the author of a unit test needs (docs/writing-a-unit-test.md): sections, TEST, assertions
 * and the log. The results go into suite_result_map as harness/unit/result.h says.
 *
 *   CHECK("tc", "name of the group")
 *   int some_check(struct __sk_buff *ctx)
 *   {
 *       test_init();
 *       TEST("what is shown") {
 *           expect_equal(1 + 1, 2);
 *       }
 *       test_finish();
 *   }
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define PKTGEN(type, name) SEC(type "/test/" name "/pktgen")
/* An object with a SETUP shares its maps among its tests; with a JUMP each test has its own. */
#define SETUP(type, name) SEC(type "/test/" name "/setup")
#define JUMP(type, name)  SEC(type "/test/" name "/jump")
#define CHECK(type, name) SEC(type "/test/" name "/check")

/* Declares a program, in front of the source that it is in, as one that a test calls like a
 * function: the code is copied into the test. */
#define TESTED __attribute__((always_inline))

enum {
    TEST_ERROR = 0,
    TEST_PASS = 1,
    TEST_FAIL = 2,
    TEST_SKIP = 3,
};

#define UNIT_RESULT_SIZE 8192

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, UNIT_RESULT_SIZE);
    __uint(max_entries, 1);
} suite_result_map SEC(".maps");

/*
 * Where the writing is. In memory and not on the stack: what the verifier reads from there is any
 * number, so that it looks at what follows once and not once for every way that leads there.
 */
struct {
    __u64 at;
    __u64 length_at; /* of the TestResult that is being written, 0 outside of one */
    __u64 status_at;
    __u32 verdict;
} unit_state;

/* Tags: the field's number and its kind. */
#define UNIT_TAG_CASE   0x0a /* SuiteResult.results */
#define UNIT_TAG_LOG    0x12 /* SuiteResult.log */
#define UNIT_TAG_NAME   0x0a /* TestResult.name */
#define UNIT_TAG_STATUS 0x10 /* TestResult.status */
#define UNIT_TAG_LINE   0x1a /* TestResult.log */
#define UNIT_TAG_FORMAT 0x0a /* Log.fmt */
#define UNIT_TAG_NUMBER 0x11 /* Log.args */

/* `size` bytes of the map from `at`, or NULL where it ends before. */
static __always_inline __u8 *unit_bytes(__u64 at, __u32 size)
{
    __u32 zero = 0;
    __u8 *map = bpf_map_lookup_elem(&suite_result_map, &zero);

    barrier_var(at);
    return map && at <= UNIT_RESULT_SIZE - size ? map + at : NULL;
}

/* The next `size` bytes. A test that has no room for its result has no result. */
static __always_inline __u8 *unit_room(__u32 size)
{
    __u8 *bytes = unit_bytes(unit_state.at, size);

    if (bytes)
        unit_state.at += size;
    else
        unit_state.verdict = TEST_ERROR;
    return bytes;
}

/* A length, always in two bytes. */
static __always_inline void unit_length(__u8 *bytes, __u64 length)
{
    bytes[0] = (length & 0x7f) | 0x80;
    bytes[1] = length >> 7 & 0x7f;
}

static __always_inline void unit_reset(void)
{
    unit_state.at = 0;
    unit_state.length_at = 0;
    unit_state.status_at = 0;
    unit_state.verdict = TEST_PASS;
}

static __always_inline void unit_status(__u8 status)
{
    __u8 *bytes = unit_state.status_at ? unit_bytes(unit_state.status_at, 1) : NULL;

    if (bytes)
        *bytes = status;
    else
        unit_state.verdict = status;
}

/* Behind a TEST: its length is known. */
static __always_inline bool unit_close(void)
{
    __u64 start = unit_state.length_at;
    __u8 *bytes = unit_bytes(start, 2);

    if (bytes)
        unit_length(bytes, unit_state.at - start - 2);
    unit_state.length_at = 0;
    unit_state.status_at = 0;
    return false;
}

#define unit_open(name)                                                                            \
    ({                                                                                             \
        const char _name[] = name;                                                                 \
        const __u32 _size = sizeof(_name) - 1;                                                     \
        __u8 *_p = unit_room(3 + 3 + _size + 2);                                                   \
        if (_p) {                                                                                  \
            unit_state.length_at = unit_state.at - (3 + 3 + _size + 2) + 1;                        \
            unit_state.status_at = unit_state.at - 1;                                              \
            _p[0] = UNIT_TAG_CASE;                                                                 \
            _p[3] = UNIT_TAG_NAME;                                                                 \
            unit_length(_p + 4, _size);                                                            \
            __builtin_memcpy(_p + 6, _name, _size);                                                \
            _p[6 + _size] = UNIT_TAG_STATUS;                                                       \
            _p[7 + _size] = TEST_PASS;                                                             \
        }                                                                                          \
        _p != NULL;                                                                                \
    })

/* Begins and ends what a check program writes. */
#define test_init()   unit_reset()
#define test_finish() return unit_state.verdict

/* One case, with a block behind it; `break` leaves it, `return` must not. */
#define TEST(name)                                                                                 \
    for (bool _open = unit_open(name); _open; _open = unit_close())                                \
        for (bool _once = true; _once; _once = false)

#define UNIT_TEXT_(x) #x
#define UNIT_TEXT(x)  UNIT_TEXT_(x)

/* A line of the log, with its place in front. Arguments are numbers: %d %u %x, with l and ll. */
#define test_log(fmt, args...)                                                                     \
    ({                                                                                             \
        const char _text[] = __FILE_NAME__ ":" UNIT_TEXT(__LINE__) ": " fmt;                       \
        const __u64 _args[] = {0, ##args};                                                         \
        const __u32 _n = sizeof(_args) / sizeof(_args[0]) - 1, _size = sizeof(_text) - 1;          \
        __u8 *_p = unit_room(6 + _size + 9 * _n);                                                  \
        if (_p) {                                                                                  \
            _p[0] = unit_state.status_at ? UNIT_TAG_LINE : UNIT_TAG_LOG;                           \
            unit_length(_p + 1, 3 + _size + 9 * _n);                                               \
            _p[3] = UNIT_TAG_FORMAT;                                                               \
            unit_length(_p + 4, _size);                                                            \
            __builtin_memcpy(_p + 6, _text, _size);                                                \
            _Pragma("unroll") for (__u32 _i = 0; _i < _n; _i++)                                    \
            {                                                                                      \
                _p[6 + _size + 9 * _i] = UNIT_TAG_NUMBER;                                          \
                __builtin_memcpy(_p + 7 + _size + 9 * _i, &_args[1 + _i], sizeof(__u64));          \
            }                                                                                      \
        }                                                                                          \
    })

#define test_fail() unit_status(TEST_FAIL)
#define test_skip() unit_status(TEST_SKIP)

#define test_error(fmt, args...)                                                                   \
    ({                                                                                             \
        test_log(fmt, ##args);                                                                     \
        test_fail();                                                                               \
    })

/* These go on after a failure; leave the case with `break` where that makes no sense. Each is true
 * when it holds. */
#define expect(condition)                                                                          \
    ({                                                                                             \
        bool _holds = (condition);                                                                 \
        if (!_holds)                                                                               \
            test_error("does not hold: " #condition);                                              \
        _holds;                                                                                    \
    })

#define expect_equal(got, want)                                                                    \
    ({                                                                                             \
        const __u64 _got = (got), _want = (want);                                                  \
        if (_got != _want)                                                                         \
            test_error(#got " is %lld, must be %lld", _got, _want);                                \
        _got == _want;                                                                             \
    })

/* In hexadecimal: addresses, flags. */
#define expect_equal_hex(got, want)                                                                \
    ({                                                                                             \
        const __u64 _got = (got), _want = (want);                                                  \
        if (_got != _want)                                                                         \
            test_error(#got " is 0x%llx, must be 0x%llx", _got, _want);                            \
        _got == _want;                                                                             \
    })

/* The first of `size` bytes that differs: where << 16 | is << 8 | must be; `size` << 16 when none
 * does. Without a branch for each byte: the verifier would follow them all. */
static __always_inline __u32 unit_difference(const __u8 *got, const __u8 *want, __u32 size)
{
    __u32 found = size << 16;

    for (int i = (int)size - 1; i >= 0; i--) {
        __u32 is = got[i], must = want[i], mask = (is ^ must) + 0xff; /* above it: they differ */

        mask = -(mask >> 8);
        barrier_var(mask);
        found = (found & ~mask) | ((i << 16 | is << 8 | must) & mask);
    }
    return found;
}

/* Bytes, `size` of them (a constant); says which is the first that differs. */
#define expect_bytes(got, want, size)                                                              \
    ({                                                                                             \
        const __u8 *_g = (const __u8 *)(got), *_w = (const __u8 *)(want);                          \
        const __u32 _found = unit_difference(_g, _w, size), _at = _found >> 16;                    \
        if (_at != (size))                                                                         \
            test_error(#got ", byte %u is 0x%x, must be 0x%x", _at, _found >> 8 & 0xff,            \
                       _found & 0xff);                                                             \
        _at == (size);                                                                             \
    })
