# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Settings: a connection that began while nothing was reported counts as one that never came about.
# file: sockops.bpf.c
# object: sockops
# suite: 675
# caught by: SO-5 reports switched on while a connection is up
# says: the field success
s/storage->connect_success = 1;/storage->connect_success = enable_monitoring;/
