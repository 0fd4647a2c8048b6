# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Order of policies: nothing is looked for behind an empty slot.
# file: policy.h
# object: xdp
# suite: 530
# caught by: XD-25
/verdict == POLICY_NONE/{n;s/continue/break/}
