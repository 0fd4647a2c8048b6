# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Positions in lists: the last of several rules is not looked at.
# file: policy.h
# object: xdp
# suite: 520
# caught by: XD-18
s/^    rule = policy_part.*/    if (i > 0 \&\& i + 1 < POLICY_REFS \&\& !walk->array->refs[i + 1].cell)\n        return 1;\n&/
