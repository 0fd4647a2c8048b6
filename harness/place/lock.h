/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock of a lab, STATE/LAB/lock, by flock(2).
 */
#pragma once

#include "place/lab.h"

/* In a directory that was just made: nobody else can have it. Fills lab->lock_fd. */
int lab_lock_make(struct lab *lab);
/* Of a lab that is there. -ENOENT, without a word, when there is none; also when it was taken down
 * while this waited. */
int lab_lock_open(struct lab *lab, enum lab_lock lock);
