// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* command_of(): which connects are manage commands. Behaviours: MG-1 … MG-4. */
#include "unit/include/unit.h"

#include "datapath/command.h"

CHECK("tc", "MG-4 manage commands")
int command_check(struct __sk_buff *ctx)
{
    struct ip v4 = {.word[0] = bpf_htonl(2)}, other = {.word[0] = bpf_htonl(3)};
    struct ip v6 = {.word[3] = bpf_htonl(2)};

    test_init();
    TEST("0.0.0.2 and ::2, ports 929 and 930")
    {
        expect_equal(command_of(&v4, 929), COMMAND_ENABLE);
        expect_equal(command_of(&v4, 930), COMMAND_DISABLE);
        expect_equal(command_of(&v6, 929), COMMAND_ENABLE);
        expect_equal(command_of(&v6, 930), COMMAND_DISABLE);
    }
    TEST("another port")
    {
        expect_equal(command_of(&v4, 928), COMMAND_NONE);
        expect_equal(command_of(&v6, 931), COMMAND_NONE);
    }
    TEST("another address")
    {
        expect_equal(command_of(&other, 929), COMMAND_NONE);
    }
    test_finish();
}

char _license[] SEC("license") = "Dual BSD/GPL";
