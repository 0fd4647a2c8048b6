# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Order of policies: the first ALLOW that matches decides, and a DENY behind it is not asked.
# file: policy.h
# object: xdp
# suite: 530
# caught by: XD-23
s/^        has_allow = true;/        if (verdict == POLICY_HIT)\n            return POLICY_PASS;\n&/
