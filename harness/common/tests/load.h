/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine on which a wait gets a thirtieth: of 60 runnable tasks for each processor. It is said
 * by a file in the place of /proc/loadavg, in a mount namespace of the test's own: a crowd of
 * threads for as long as such waits last would do the same to every other test of the machine.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

static inline void load_plant(void)
{
    FILE *file = fopen("/run/loadavg", "we");

    assert_non_null(file);
    fprintf(file, "120.00 120.00 120.00 %ld/500 1\n", 60 * sysconf(_SC_NPROCESSORS_ONLN));
    fclose(file);
    assert_int_equal(mount("/run/loadavg", "/proc/loadavg", NULL, MS_BIND, NULL), 0);
}

static inline void load_remove(void)
{
    assert_int_equal(umount("/proc/loadavg"), 0);
}
