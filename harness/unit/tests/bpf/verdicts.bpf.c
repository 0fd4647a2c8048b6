// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every verdict that a test can end with. */
#include "unit/include/unit.h"

CHECK("tc", "a cases")
int cases(struct __sk_buff *ctx)
{
    test_init();
    TEST("passes")
    {
        expect(ctx->len > 0);
        test_log("length %u, %lld, 0x%llx", ctx->len, -1, 255);
    }
    TEST("fails") expect_equal(1 + 1, 3);
    TEST("is skipped")
    {
        test_log("not today");
        test_skip();
    }
    TEST("ends in the middle")
    {
        if (!expect(false))
            break;
        test_log("not reached");
    }
    test_finish();
}

CHECK("tc", "b fails as a whole")
int fails(struct __sk_buff *ctx)
{
    test_init();
    TEST("passes") expect(true);
    test_error("the number is %d", -7);
    test_finish();
}

CHECK("tc", "c error")
int error(struct __sk_buff *ctx)
{
    return TEST_ERROR;
}

CHECK("tc", "d skip")
int skip(struct __sk_buff *ctx)
{
    return TEST_SKIP;
}

CHECK("tc", "e no status")
int no_status(struct __sk_buff *ctx)
{
    return 77;
}

CHECK("tc", "f left by a return")
int left(struct __sk_buff *ctx)
{
    test_init();
    TEST("half") return TEST_PASS;
    test_finish();
}

CHECK("tc", "g the map was cleared")
int cleared(struct __sk_buff *ctx)
{
    test_init();
    test_finish();
}

char _license[] SEC("license") = "Dual BSD/GPL";
