/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of a lab, STATE/LAB/lock, by flock(2). */
#pragma once

#include "place/lab.h"

enum lab_lock { LAB_LOCK_NONE, LAB_LOCK_SHARED, LAB_LOCK_EXCLUSIVE };

/* Changes the lock, waiting for others at most 30 s; -EBUSY with a sentence then. A lock belongs to
 * the open file: a forked child that lives on must close lock_fd, or it holds the lab as well. */
int lab_lock(struct lab *lab, enum lab_lock lock);
/* In a directory that was just made: nobody else can have it. Fills lab->lock_fd. */
int lab_lock_make(struct lab *lab);
/* Of a lab that is there. -ENOENT, without a word, when there is none; also when it was taken down
 * while this waited. */
int lab_lock_open(struct lab *lab, enum lab_lock lock);
