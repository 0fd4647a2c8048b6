/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run as one TAP stream, version 13: one plan, every test of every job with its family, what a
 * failed test printed as comments. Tests without a result and failed jobs are lines too, so that
 * the plan is the closing line's sum.
 */
#pragma once

#include "report/run.h"

/* Complete when this returns: a regular file is written by way of another beside it. The errno of
 * what could not be written, with a sentence. */
int tap_write(const struct run *run, const char *path);
