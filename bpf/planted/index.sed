# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An endpoint's index, off by one.
# file: balance.h
# object: cgroup_connect4
s/% b->count \+ 1;/% b->count + 2;/
