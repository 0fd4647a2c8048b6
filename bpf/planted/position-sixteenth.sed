# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Positions in lists: rules behind the fifteenth are not looked at.
# file: policy.h
# object: xdp
# suite: 520
# caught by: XD-18
s/rule \? policy_rule/rule \&\& i < 15 ? policy_rule/
