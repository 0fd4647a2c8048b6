/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run as a JUnit file: one <testsuite> per job, one <testcase> per test. The jobs' own failures
 * and the tests without a result are test cases too, so that the file's numbers are the closing
 * line's.
 */
#pragma once

#include "report/run.h"

/* Writes by way of a temporary file beside `path`: what is there when this returns is complete.
 * -ENOMEM or the errno of what could not be written, with a sentence. */
int junit_write(const struct run *run, const char *path);
